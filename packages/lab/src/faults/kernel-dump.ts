import { output, run } from '@manx/testbed'
import { type LabPlan, namespaceName } from '../plan/lab-plan.ts'

/** What of Manx is in the kernel of one node. Equal texts mean equal state, whatever order the kernel lists it in. */
export interface KernelDump {
  /** Of table inet manx: chains, rules and sets with their handles, which the kernel never gives twice; no counters. */
  readonly nft: readonly string[]
  readonly routes: readonly string[]
}

export async function dumpKernel(plan: LabPlan, node: string): Promise<KernelDump> {
  const namespace = namespaceName(plan.options.name, node)
  const [table, v4, v6] = await Promise.all([
    run('nft', ['-a', '-s', 'list', 'table', 'inet', 'manx'], { namespace }),
    output('ip', ['-4', 'route', 'show', 'table', 'all'], { namespace }),
    output('ip', ['-6', 'route', 'show', 'table', 'all'], { namespace }),
  ])
  return { nft: nftLines(table.code === 0 ? table.stdout : ''), routes: manxRoutes(`${v4}\n${v6}`) }
}

export async function dumpKernels(plan: LabPlan): Promise<ReadonlyMap<string, KernelDump>> {
  return new Map(await Promise.all(plan.nodes.map(async ({ name }) => [name, await dumpKernel(plan, name)] as const)))
}

/** One line for each statement with the chain or set that it is in, and one for each element. */
export function nftLines(text: string): readonly string[] {
  const lines: string[] = []
  let inside = ''
  let elements: string | undefined
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (elements !== undefined || line.startsWith('elements = {')) {
      elements = `${elements ?? ''} ${line.replace('elements = {', '')}`
      if (!line.endsWith('}')) continue
      const list = elements.replace(/\}$/, '').split(',')
      lines.push(...list.map((element) => `${inside}: ${element.trim().replaceAll(/\s+/g, ' ')}`))
      elements = undefined
    } else if (/^(table|chain|set|map) /.test(line)) {
      lines.push(line)
      inside = line.split(' ').slice(0, 2).join(' ')
    } else if (line !== '' && line !== '}') lines.push(`${inside}: ${line}`)
  }
  return lines.sort(byCode)
}

/** Routes that the agent writes: of its protocol, out of pods' interfaces, and the blackholes of blocks. */
export function manxRoutes(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => isManxRoute(line))
    .sort(byCode)
}

export function isManxRoute(line: string): boolean {
  if (/\bproto 80\b/.test(line)) return true
  return /\bdev cali/.test(line) && !/\bproto kernel\b|\b(local|anycast|multicast|broadcast) /.test(line)
}

/** Without handles: the same rules, whoever wrote them and how often. */
export function withoutHandles({ nft, routes }: KernelDump): KernelDump {
  return { nft: nft.map((line) => line.replace(/ *# handle \d+/, '')), routes }
}

/** What is in one and not in the other, each with the sign of a diff. */
export function compareDumps(before: KernelDump, after: KernelDump): readonly string[] {
  return (['nft', 'routes'] as const).flatMap((part) => {
    const [old, now] = [new Set(before[part]), new Set(after[part])]
    return [
      ...before[part].filter((line) => !now.has(line)).map((line) => `- ${line}`),
      ...after[part].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
    ]
  })
}

/** The same for all nodes, with the node in front. */
export function compareNodes(
  before: ReadonlyMap<string, KernelDump>,
  after: ReadonlyMap<string, KernelDump>,
): readonly string[] {
  return [...before].flatMap(([node, dump]) =>
    compareDumps(dump, after.get(node) ?? { nft: [], routes: [] }).map((line) => `${node}: ${line}`),
  )
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
