import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNamespace } from '@manx/testbed'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import { LabError } from '../lab-error.ts'
import { type LabPlan, namespaceName } from '../plan/lab-plan.ts'
import { isManxRoute } from './kernel-dump.ts'

/** Something that the kernel of a node reported as changed. */
export interface KernelEvent {
  readonly node: string
  readonly kind: 'route' | 'nft'
  readonly removed: boolean
  readonly at: number
  readonly text: string
}

/** Follows every node's routes and its table inet manx. */
export interface KernelWatch {
  readonly events: readonly KernelEvent[]
  [Symbol.dispose](): void
}

export async function watchKernel(plan: LabPlan): Promise<KernelWatch> {
  const events: KernelEvent[] = []
  const children = plan.nodes.flatMap(({ name: node }) => {
    const follow = (program: string, args: readonly string[], read: (line: string) => KernelEvent | undefined) => {
      const [command, commandArgs] = inNamespace(program, args, namespaceName(plan.options.name, node))
      const child = spawn(command, commandArgs, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, [labVariable]: plan.options.name, [daemonVariable]: `watch.${node}` },
      })
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          const event = read(line)
          if (event !== undefined) events.push(event)
        })
      }
      return child
    }
    return [
      follow('ip', ['-o', 'monitor', 'route'], (line) => routeEvent(node, line)),
      follow('nft', ['monitor'], (line) => nftEvent(node, line)),
    ]
  })
  // Neither says when it listens.
  await sleep(300)
  const ended = children.find(({ exitCode }) => exitCode !== null)
  if (ended !== undefined) throw new LabError('CheckFailed', `${ended.spawnargs.join(' ')} ended at once`)
  return {
    events,
    [Symbol.dispose]: () => {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

export function routeEvent(node: string, line: string): KernelEvent | undefined {
  if (!isManxRoute(line)) return undefined
  return { node, kind: 'route', removed: line.startsWith('Deleted'), at: Date.now(), text: line.trim() }
}

export function nftEvent(node: string, line: string): KernelEvent | undefined {
  // A monitor that fell behind has no proof of anything.
  if (line.includes('lost')) return { node, kind: 'nft', removed: true, at: Date.now(), text: line.trim() }
  if (!/^(add|insert|replace|delete|destroy|flush) \w+ inet manx\b/.test(line)) return undefined
  return {
    node,
    kind: 'nft',
    removed: /^(delete|destroy|flush|replace) /.test(line),
    at: Date.now(),
    text: line.trim(),
  }
}

/** `node1, 12:00:01.234: Deleted …` */
export function describeEvent({ node, at, text }: KernelEvent): string {
  return `${node}, ${new Date(at).toISOString().slice(11, 23)}: ${text}`
}
