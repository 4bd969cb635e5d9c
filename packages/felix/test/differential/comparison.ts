import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Evaluation, evaluate, type Felix, type Packet } from '../../src/index.ts'
import { craftPacket } from './craft-packet.ts'
import type { TestNetwork } from './network.ts'
import { afterChanges, noPolicies, type Objects, policyEndpoint, type Step, worldOf } from './scenario.ts'

export interface Difference {
  /** Index of the step. */
  readonly step: number
  readonly packet: Packet
  readonly kernel: 'allow' | 'deny'
  readonly evaluation: Evaluation
}

export interface Outcome {
  readonly pairs: number
  readonly allowed: number
  readonly differences: readonly Difference[]
}

/** Brings felix from one scenario to the next, and asks the kernel and the evaluator about the same packets. */
export class Comparison {
  readonly #network: TestNetwork
  readonly #felix: Felix
  #objects: Objects | undefined
  #nextId = 1

  constructor(network: TestNetwork, felix: Felix) {
    this.#network = network
    this.#felix = felix
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
        pairs += 1
        if (evaluation.verdict === 'allow') allowed += 1
        if (kernel !== evaluation.verdict) differences.push({ step: index, packet, kernel, evaluation })
      }
      if (differences.length > 0) return { pairs, allowed, differences }
    }
    return { pairs, allowed, differences: [] }
  }

  /** Tells felix of the local pods. */
  async start(): Promise<void> {
    const added = this.#network.endpoints.map((endpoint) => this.#felix.addEndpoint(endpoint))
    await this.reset()
    await Promise.all(added)
  }

  /** To the state that a scenario begins with, so that what runs next does not depend on what ran before. */
  async reset(): Promise<void> {
    await this.#bring(noPolicies)
  }

  async #bring(objects: Objects): Promise<void> {
    const before = this.#objects
    this.#objects = objects
    const felix = this.#felix
    put(before?.pods, objects.pods, (key, state) =>
      felix.setPod(key, state === undefined ? undefined : policyEndpoint(key, state)),
    )
    put(before?.namespaces, objects.namespaces, (name, labels) => felix.setNamespace(name, labels))
    put(before?.serviceAccounts, objects.serviceAccounts, (key, labels) => felix.setServiceAccount(key, labels))
    put(before?.tiers, objects.tiers, (name, tier) => felix.setTier(name, tier))
    put(before?.policies, objects.policies, (key, policy) => felix.setPolicy(key, policy))
    // Flows that the last packets opened are nobody's business any more.
    await this.#network.forgetFlows()
    const interfaces = this.#network.endpoints.map(({ interfaceName }) => interfaceName)
    const deadline = Date.now() + 20_000
    while (!interfaces.every((name) => felix.isProgrammed(name))) {
      if (Date.now() > deadline) throw new Error(`not programmed: ${JSON.stringify(felix.health())}`)
      await nextTurn()
    }
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
