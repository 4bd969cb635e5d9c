import {
  addressAt,
  comparePrefixes,
  formatAddress,
  formatPrefix,
  IPAMConfiguration,
  IPPool,
  ignoreNotFound,
  type KubernetesClient,
  ordinalOf,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixSize,
  printable,
  resourceOf,
  withDefaults,
} from '@manx/api'
import { allocationsOf, type Block, hostOf } from '@manx/ipam'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { type ConnectionFlags, withClient, withConnection } from '../connect.ts'
import { readBlocks } from '../ipam/read-blocks.ts'
import { boxTable } from '../output/tables.ts'
import type { Terminal } from '../terminal.ts'

interface ShowFlags extends ConnectionFlags {
  readonly showBlocks?: boolean
  readonly showBorrowed?: boolean
  readonly showConfiguration?: boolean
  readonly ip?: string
}

export function addIpamShow(ipam: Command, terminal: Terminal): void {
  const command = ipam
    .command('show')
    .summary('show who uses which addresses')
    .description('Shows how full the pools are, or more of one aspect.')
    .option('--ip <address>', 'who has this address')
    .option('--show-blocks', 'also every block of the pools')
    .option('--show-borrowed', 'addresses that nodes have in blocks of others')
    .option('--show-configuration', 'how addresses are given out')
    .addHelpText('after', '\nExamples:\n  manxctl ipam show --show-blocks\n  manxctl ipam show --ip 10.244.0.17')
    .action(async (flags: ShowFlags) => {
      const warn = (text: string) => terminal.warn(text)
      terminal.print(await withClient(terminal, flags, (client) => show(client, flags, warn)))
    })
  withConnection(command)
}

async function show(client: KubernetesClient, flags: ShowFlags, warn: (text: string) => void): Promise<string> {
  if (flags.showConfiguration === true) return configuration(client)
  const blocks = await readBlocks(client, warn)
  if (flags.ip !== undefined) return oneAddress(blocks, flags.ip)
  if (flags.showBorrowed === true) return borrowed(blocks)
  const pools = (await client.list(resourceOf(IPPool))).items
  const prefixes = pools.flatMap(({ spec }) => parsePrefix(spec.cidr) ?? []).toSorted(comparePrefixes)
  const header = ['GROUPING', 'CIDR', 'IPS TOTAL', 'IPS IN USE', 'IPS RESERVED', 'IPS FREE']
  const rows = prefixes.flatMap((pool) => {
    const inside = blocks.filter((block) => prefixContains(pool, block.prefix))
    const blockRows = flags.showBlocks === true ? inside.map((block) => row('Block', block.prefix, [block])) : []
    return [row('IP Pool', pool, inside), ...blockRows]
  })
  return boxTable(header, rows)
}

function row(grouping: string, prefix: Prefix, blocks: readonly Block[]): string[] {
  const total = Number(prefixSize(prefix))
  const inUse = blocks.reduce((sum, block) => sum + allocationsOf(block).length, 0)
  const reserved = blocks.reduce((sum, block) => sum + reservedIn(block), 0)
  const part = (count: number) => `${amount(count)} (${Math.round((100 * count) / total)}%)`
  return [grouping, formatPrefix(prefix), amount(total), part(inUse), amount(reserved), part(total - inUse - reserved)]
}

/** Neither in use nor free: what cools down after its release. */
const reservedIn = (block: Block): number =>
  block.allocations.length - block.unallocated.length - allocationsOf(block).length

const amount = (count: number): string => (count < 1e9 ? String(count) : count.toPrecision(5))

function borrowed(blocks: readonly Block[]): string {
  const header = ['IP', 'BORROWING-NODE', 'BLOCK', 'BLOCK OWNER', 'TYPE', 'ALLOCATED-TO']
  const rows = blocks.flatMap((block) => {
    const owner = hostOf(block.affinity) ?? ''
    return allocationsOf(block).flatMap(({ ordinal, attributes }) => {
      const { node, type, pod, namespace } = attributes.owner
      const address = addressAt(block.prefix, ordinal)
      if (node === undefined || node === owner || address === undefined) return []
      const holder = pod === undefined ? (attributes.handle ?? '') : `${namespace ?? ''}/${pod}`
      return [[formatAddress(address), node, formatPrefix(block.prefix), owner, type ?? 'pod', holder]]
    })
  })
  return boxTable(header, rows)
}

function oneAddress(blocks: readonly Block[], text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw new CliError('Usage', `--ip must be an IPv4 or IPv6 address, not "${text}"`)
  const block = blocks.find(({ prefix }) => prefixContains(prefix, address))
  const ordinal = block === undefined ? undefined : ordinalOf(block.prefix, address)
  const held = block === undefined ? undefined : allocationsOf(block).find((one) => one.ordinal === ordinal)
  const name = formatAddress(address)
  if (block === undefined || held === undefined) return `${name} is not assigned`
  const { attributes, sequenceNumber } = held
  const owner = Object.entries(attributes.owner).map(([key, value]) => `  ${key}: ${value}`)
  const block_ = `  block: ${formatPrefix(block.prefix)} of ${hostOf(block.affinity) ?? block.affinity ?? 'nobody'}`
  return [
    `${name} is in use`,
    `  handle: ${attributes.handle ?? ''}`,
    ...owner,
    block_,
    `  sequence number: ${sequenceNumber}`,
  ]
    .map(printable)
    .join('\n')
}

async function configuration(client: KubernetesClient): Promise<string> {
  const stored = await ignoreNotFound(client.get(resourceOf(IPAMConfiguration), 'default'))
  const empty = { apiVersion: '', kind: '', metadata: { name: 'default' }, spec: {} }
  const { spec } = withDefaults(IPAMConfiguration, stored ?? empty)
  const rows = Object.entries(spec).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), String(value)])
  return boxTable(['PROPERTY', 'VALUE'], rows)
}
