import { parseAddress, parsePrefix, prefixContains } from '@manx/api'
import type { Delta } from '../../src/calc/delta.ts'
import { chainKey, elementKey, type Item } from '../../src/calc/items.ts'
import { names } from '../../src/calc/names.ts'
import type { Chain, Field, Match, PortRange, Rule, SetSpec, Verdict } from '../../src/calc/ruleset.ts'
import type { Packet } from '../../src/index.ts'

type Outcome = 'accept' | 'drop' | 'return'

/** Holds what the kernel would hold, and does with packets what the kernel would do with them in the chains of policies. */
export class KernelModel {
  readonly items = new Map<string, Item>()
  readonly members = new Map<string, Set<string>>()

  apply(deltas: readonly Delta[]): void {
    for (const delta of deltas) {
      if (delta.kind === 'members') this.#applyMembers(delta)
      else if (delta.item !== undefined) this.items.set(delta.key, delta.item)
      else {
        const before = this.items.get(delta.key)
        this.items.delete(delta.key)
        if (before?.kind === 'set') this.members.delete(before.set.name)
      }
    }
  }

  /** Undefined: the interface is in no dispatch map, so that the packet is dropped before any policy is asked. */
  verdict(interfaceName: string, direction: 'Ingress' | 'Egress', packet: Packet): 'accept' | 'drop' | undefined {
    const map = direction === 'Ingress' ? names.ingressDispatch : names.egressDispatch
    const item = this.items.get(elementKey(map, [interfaceName]))
    if (item?.kind !== 'dispatch') return undefined
    const outcome = this.#follow(item.verdict, packet, { mark: 0 })
    if (outcome === 'return') throw new Error(`${interfaceName}: nobody decided`)
    return outcome
  }

  #applyMembers({ set, added, removed }: Extract<Delta, { kind: 'members' }>): void {
    if (!this.items.has(`set|${set}`)) throw new Error(`members of ${set}, which is not there`)
    const members = this.members.get(set) ?? new Set()
    for (const parts of removed) {
      if (!members.delete(parts.join('|'))) throw new Error(`${parts.join()} is not in ${set}`)
    }
    for (const parts of added) {
      if (members.has(parts.join('|'))) throw new Error(`${parts.join()} is in ${set} already`)
      members.add(parts.join('|'))
    }
    this.members.set(set, members)
  }

  #follow(verdict: Verdict, packet: Packet, state: { mark: number }): Outcome {
    if (!('chain' in verdict)) return verdict.kind
    const item = this.items.get(chainKey(verdict.chain))
    if (item?.kind !== 'chain') throw new Error(`no chain ${verdict.chain}`)
    return this.#run(item.chain, packet, state)
  }

  #run(chain: Chain, packet: Packet, state: { mark: number }): Outcome {
    for (const rule of chain.rules) {
      if (!rule.matches.every((match) => this.#matches(match, packet, state.mark))) continue
      const outcome = this.#act(rule, packet, state)
      if (outcome !== 'continue') return outcome
    }
    return 'return'
  }

  #act({ action }: Rule, packet: Packet, state: { mark: number }): Outcome | 'continue' {
    switch (action.kind) {
      case 'accept':
      case 'drop':
      case 'return':
        return action.kind
      case 'goto':
        return this.#follow(action, packet, state)
      case 'jump': {
        const outcome = this.#follow(action, packet, state)
        return outcome === 'return' ? 'continue' : outcome
      }
      case 'set-mark':
        state.mark = ((state.mark & ~action.mask) | action.value) >>> 0
        return action.next
      case 'log':
        return 'continue'
      default:
        throw new Error(`no policy does ${action.kind}`)
    }
  }

  #matches(match: Match, packet: Packet, mark: number): boolean {
    switch (match.kind) {
      case 'family':
        return packet.family === match.family
      case 'protocol':
        return (numberOf(match.protocol) === packet.protocol) !== (match.not === true)
      case 'port': {
        const port = fieldOf(match.field, packet)
        if (port === undefined) throw new Error('a port was asked of a packet without ports')
        return inRange(Number(port), match.range) !== (match.not === true)
      }
      case 'prefix': {
        const value = parseAddress(fieldOf(match.field, packet) ?? '')
        const prefix = parsePrefix(match.prefix)
        if (value === undefined || prefix === undefined) return false
        return prefixContains(prefix, value) !== (match.not === true)
      }
      case 'icmp': {
        if (packet.icmp === undefined || packet.family !== match.family) return false
        const same = packet.icmp.type === match.type && (match.code === undefined || packet.icmp.code === match.code)
        return same !== (match.not === true)
      }
      case 'mark':
        return ((mark & match.mask) >>> 0 === match.value) !== (match.not === true)
      case 'set': {
        const item = this.items.get(`set|${match.set}`)
        if (item?.kind !== 'set') throw new Error(`no set ${match.set}`)
        const values = match.fields.map((field) => fieldOf(field, packet))
        if (!values.every((value) => value !== undefined)) return false
        return this.#contains(item.set, values) !== (match.not === true)
      }
      default:
        throw new Error(`no policy asks for ${match.kind}`)
    }
  }

  #contains(set: SetSpec, values: readonly string[]): boolean {
    const members = this.members.get(set.name) ?? new Set<string>()
    if (set.interval !== true) return members.has(values.join('|'))
    return [...members].some((member) =>
      member.split('|').every((range, index) => {
        const [first = '', last = ''] = range.split('-')
        const value = numeric(values[index] ?? '')
        return numeric(first) <= value && value <= numeric(last)
      }),
    )
  }
}

const protocols: Readonly<Record<string, number>> = { tcp: 6, udp: 17, udplite: 136, sctp: 132, icmp: 1, icmpv6: 58 }

const numberOf = (protocol: string | number): number =>
  typeof protocol === 'number' ? protocol : (protocols[protocol] ?? -1)

const inRange = (value: number, { from, to }: PortRange): boolean => from <= value && value <= to

const numeric = (text: string): bigint => (/^\d+$/.test(text) ? BigInt(text) : (parseAddress(text)?.value ?? -1n))

/** Undefined: the packet has no such field. */
function fieldOf(field: Field, packet: Packet): string | undefined {
  switch (field) {
    case 'ip saddr':
      return packet.family === 4 ? packet.source : undefined
    case 'ip6 saddr':
      return packet.family === 6 ? packet.source : undefined
    case 'ip daddr':
      return packet.family === 4 ? packet.destination : undefined
    case 'ip6 daddr':
      return packet.family === 6 ? packet.destination : undefined
    case 'l4proto':
      return String(packet.protocol)
    case 'sport':
      return packet.sourcePort?.toString()
    case 'dport':
      return packet.destinationPort?.toString()
    default:
      throw new Error(`no policy asks for ${field}`)
  }
}
