import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { decide, type Evaluation, evaluate, type Packet } from '../../src/index.ts'
import type { RunningFelix } from '../kernel/node.ts'
import { craftPacket } from './craft-packet.ts'
import type { TestNetwork } from './network.ts'
import { afterChanges, noPolicies, type Objects, policyEndpoint, type Step, worldOf } from './scenario.ts'

type Verdict = Evaluation['verdict']

export interface Difference {
  /** Index of the step. */
  readonly step: number
  readonly packet: Packet
  /** What became of the packet. */
  readonly kernel: Verdict
  /** What felix says of it, by which it ends flows that are not allowed any more. */
  readonly felix: Verdict
  readonly evaluation: Evaluation
}

export interface Outcome {
  readonly pairs: number
  readonly allowed: number
  readonly differences: readonly Difference[]
}

/** Brings felix from one scenario to the next, and asks the kernel, felix and the evaluator about the same packets. */
export class Comparison {
  readonly #network: TestNetwork
  #felix: RunningFelix
  #objects: Objects = noPolicies
  #nextId = 1

  private constructor(network: TestNetwork, felix: RunningFelix) {
    this.#network = network
    this.#felix = felix
  }

  static async start(network: TestNetwork): Promise<Comparison> {
    const comparison = new Comparison(network, await network.node.startFelix())
    await comparison.#tellAll()
    return comparison
  }

  /** Ends felix and starts another one with the same objects. Returns how many transactions that one thought necessary. */
  async restart(): Promise<number> {
    await this.#felix.stop()
    this.#felix = await this.#network.node.startFelix()
    await this.#tellAll()
    return this.#felix.statistics().nftables.transactions
  }

  /** Runs the steps until one shows differences; objects of the scenario before change straight into those of the first step. */
  async run(steps: readonly Step[]): Promise<Outcome> {
    let objects = noPolicies
    let pairs = 0
    let allowed = 0
    for (const [index, { changes, packets }] of steps.entries()) {
      objects = afterChanges(objects, changes)
      await this.#bring(objects)
      const arrived = await this.#send(packets)
      const world = worldOf(objects)
      const differences: Difference[] = []
      for (const [position, packet] of packets.entries()) {
        const evaluation = evaluate(packet, world)
        const kernel = arrived[position] === true ? 'allow' : 'deny'
        const felix = this.#judge(packet)
        pairs += 1
        if (evaluation.verdict === 'allow') allowed += 1
        if (kernel === evaluation.verdict && felix === evaluation.verdict) continue
        differences.push({ step: index, packet, kernel, felix, evaluation })
      }
      if (differences.length > 0) return { pairs, allowed, differences }
    }
    return { pairs, allowed, differences: [] }
  }

  /** To the state that a scenario begins with, so that what runs next does not depend on what ran before. */
  async reset(): Promise<void> {
    await this.#bring(noPolicies)
  }

  async #tellAll(): Promise<void> {
    this.#tell(undefined, this.#objects)
    // Those of namespaces that are not there come to no end before felix is stopped.
    for (const endpoint of this.#network.endpoints) this.#felix.addEndpoint(endpoint).catch(() => undefined)
    await this.#programmed()
  }

  async #bring(objects: Objects): Promise<void> {
    // Flows that the last packets opened would be looked at again.
    await this.#network.forgetFlows()
    this.#tell(this.#objects, objects)
    this.#objects = objects
    await this.#programmed()
  }

  #tell(before: Objects | undefined, after: Objects): void {
    const felix = this.#felix
    put(before?.pods, after.pods, (key, state) =>
      felix.setPod(key, state === undefined ? undefined : policyEndpoint(key, state)),
    )
    put(before?.namespaces, after.namespaces, (name, labels) => felix.setNamespace(name, labels))
    put(before?.serviceAccounts, after.serviceAccounts, (key, labels) => felix.setServiceAccount(key, labels))
    put(before?.tiers, after.tiers, (name, tier) => felix.setTier(name, tier))
    put(before?.policies, after.policies, (key, policy) => felix.setPolicy(key, policy))
  }

  async #programmed(): Promise<void> {
    const { endpoints } = this.#network
    const { namespaces } = this.#objects
    const deadline = Date.now() + 30_000
    const until = async (holds: () => boolean | Promise<boolean>) => {
      while (!(await holds())) {
        if (Date.now() > deadline) throw new Error(`not programmed: ${JSON.stringify(this.#felix.health())}`)
        await nextTurn()
      }
    }
    // A round of its own, which takes all that was told; what is programmed is as of the last one.
    const { rounds } = this.#felix.statistics()
    this.#felix.inSync()
    await until(() => this.#felix.statistics().rounds > rounds)
    const placed = endpoints.filter(({ namespace }) => namespaces.has(namespace))
    await until(() => placed.every(({ interfaceName }) => this.#felix.isProgrammed(interfaceName)))
    // Felix says of endpoints that it does not know that they are not programmed; that they are dropped, the kernel says.
    const dropped = endpoints.filter((endpoint) => !placed.includes(endpoint))
    if (dropped.length > 0) await until(() => this.#areDropped(dropped.map(({ interfaceName }) => interfaceName)))
  }

  async #areDropped(interfaces: readonly string[]): Promise<boolean> {
    const { node } = this.#network
    const maps = await Promise.all(
      ['egress-dispatch', 'ingress-dispatch'].map((map) => node.nft('list', 'map', 'inet', 'manx', map)),
    )
    return maps.every((text) => interfaces.every((name) => text.includes(`"${name}" : drop`)))
  }

  #judge(packet: Packet): Verdict {
    const { policies } = this.#felix
    for (const direction of ['Egress', 'Ingress'] as const) {
      const end = policies.interfaceOf(direction === 'Egress' ? packet.source : packet.destination)
      if (end === undefined) continue
      const { known, egress, ingress } = policies.policiesOf(end)
      if (!known) return 'deny'
      const tiers = direction === 'Egress' ? egress : ingress
      if (decide(tiers, direction, packet, policies).verdict === 'deny') return 'deny'
    }
    return 'allow'
  }

  /** For each packet whether it arrived where it should; one that arrived elsewhere or twice is an error of the test. */
  async #send(packets: readonly Packet[]): Promise<readonly boolean[]> {
    const { tool, partyOf } = this.#network
    const first = this.#nextId
    this.#nextId += packets.length
    const arrivals = await tool.send(
      packets.map((packet, index) => ({
        party: partyOf(packet.source),
        id: first + index,
        bytes: craftPacket(packet, first + index),
      })),
    )
    return packets.map((packet, index) => {
      const seen = arrivals.get(first + index) ?? []
      if (seen.length === 0) return false
      if (seen.length === 1 && seen[0] === partyOf(packet.destination)) return true
      throw new Error(`${JSON.stringify(packet)} arrived at ${seen.join(' and ')}`)
    })
  }
}

/** Hands over what differs between two maps. */
function put<T>(
  before: ReadonlyMap<string, T> | undefined,
  after: ReadonlyMap<string, T>,
  set: (key: string, value: T | undefined) => void,
): void {
  for (const key of before?.keys() ?? []) if (!after.has(key)) set(key, undefined)
  for (const [key, value] of after) if (!isDeepStrictEqual(before?.get(key), value)) set(key, value)
}
