import { describe, expect, test } from '@jest/globals'
import { policyKey } from '@manx/api'
import fc from 'fast-check'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import { evaluate } from '../../src/index.ts'
import { peers, podKey } from '../differential/peers.ts'
import { afterChanges, noPolicies, type Objects, policyEndpoint, worldOf } from '../differential/scenario.ts'
import { scenario } from '../differential/scenario-arbitrary.ts'
import { endpoint } from '../endpoints.ts'
import { KernelModel } from './kernel-model.ts'

const locals = peers.filter(({ kind }) => kind === 'local')
const interfaceOf = (key: string): string => `cali${key.replace('/', '-')}`

const endpointEvents: readonly CalcEvent[] = locals.map((peer) => {
  const name = interfaceOf(podKey(peer))
  const value = { ...endpoint('', ...peer.addresses), interfaceName: name, namespace: peer.namespace, pod: peer.name }
  return { kind: 'endpoint', name, value }
})

/** Every object as an event, pods of the node as endpoints too. */
function eventsOf(objects: Objects): readonly CalcEvent[] {
  return [
    ...endpointEvents,
    ...[...objects.pods].map(([name, state]): CalcEvent => ({ kind: 'pod', name, value: policyEndpoint(name, state) })),
    ...[...objects.namespaces].map(([name, value]): CalcEvent => ({ kind: 'namespace', name, value })),
    ...[...objects.serviceAccounts].map(([name, value]): CalcEvent => ({ kind: 'serviceAccount', name, value })),
    ...[...objects.tiers].map(([name, value]): CalcEvent => ({ kind: 'tier', name, value })),
    ...[...objects.policies.values()].map((value): CalcEvent => ({ kind: 'policy', name: policyKey(value), value })),
  ]
}

const nameOf = (event: CalcEvent): string => `${event.kind} ${'name' in event ? event.name : ''}`

/** What brings one state to another: each object of the second, and that those are gone which it does not have. */
function eventsBetween(before: Objects, after: Objects): readonly CalcEvent[] {
  const events = eventsOf(after)
  const there = new Set(events.map(nameOf))
  const gone = eventsOf(before).filter((event) => !there.has(nameOf(event)))
  return [
    ...gone.map((event) => ({ kind: event.kind, name: 'name' in event ? event.name : '' }) as CalcEvent),
    ...events,
  ]
}

const make = (environment = {}): Calculator => new Calculator({ node: 'node-1', environment })

function calculate(events: readonly CalcEvent[], calculator = make(), model = new KernelModel()): KernelModel {
  for (const event of events) calculator.update(event)
  model.apply(calculator.flush())
  return model
}

const stateOf = ({ items, members }: KernelModel) => ({
  items,
  members: new Map([...members].filter(([, set]) => set.size > 0)),
})

/** What live flows are judged by, and what each endpoint waits for. */
const viewOf = (calculator: Calculator) =>
  locals.map((peer) => {
    const name = interfaceOf(podKey(peer))
    return [name, calculator.policies.policiesOf(name), new Set(calculator.keysOf(`endpoint/${name}`))]
  })

const statesOf = (steps: readonly { readonly changes: Parameters<typeof afterChanges>[1] }[]): readonly Objects[] => {
  const states: Objects[] = []
  for (const { changes } of steps) states.push(afterChanges(states.at(-1) ?? noPolicies, changes))
  return states
}

describe('rules made of policies', () => {
  test('do with any packet what the evaluator says', () => {
    fc.assert(
      fc.property(scenario, (steps) => {
        const calculator = make()
        const model = calculate(eventsOf(noPolicies), calculator)
        let before = noPolicies
        for (const { changes, packets } of steps) {
          const objects = afterChanges(before, changes)
          calculate(eventsBetween(before, objects), calculator, model)
          before = objects
          const world = worldOf(objects)
          for (const packet of packets) {
            const decided = evaluate(packet, world)
            const from = locals.find(({ addresses }) => addresses.includes(packet.source))
            const to = locals.find(({ addresses }) => addresses.includes(packet.destination))
            const verdicts = [
              from === undefined ? 'accept' : model.verdict(interfaceOf(podKey(from)), 'Egress', packet),
              to === undefined ? 'accept' : model.verdict(interfaceOf(podKey(to)), 'Ingress', packet),
            ]
            const verdict = verdicts.every((each) => each === 'accept') ? 'allow' : 'deny'
            expect([packet, verdict]).toEqual([packet, decided.verdict])
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('depend on the objects alone, not on history, batches or order', () => {
    fc.assert(
      fc.property(scenario, fc.array(fc.boolean(), { minLength: 40 }), fc.gen(), (steps, flushes, gen) => {
        const states = statesOf(steps)
        const last = states.at(-1) ?? noPolicies
        const fresh = make()
        const expected = stateOf(calculate(eventsOf(last), fresh))
        const calculator = make()
        const model = new KernelModel()
        let before = noPolicies
        const shuffle = (events: readonly CalcEvent[]) =>
          gen(fc.shuffledSubarray, [...events], { minLength: events.length })
        for (const objects of states) {
          for (const [index, event] of shuffle(eventsBetween(before, objects)).entries()) {
            calculator.update(event)
            if (flushes[index % flushes.length] === true) model.apply(calculator.flush())
          }
          before = objects
        }
        model.apply(calculator.flush())
        expect(stateOf(model)).toEqual(expected)
        expect(viewOf(calculator)).toEqual(viewOf(fresh))
        expect(calculator.flush()).toEqual([])
        calculate(
          eventsOf(last).map((event) => ({ kind: event.kind, name: 'name' in event ? event.name : '' }) as CalcEvent),
          calculator,
          model,
        )
        expect(stateOf(model)).toEqual(stateOf(calculate([])))
        expect(calculator.policies.statistics()).toEqual(make().policies.statistics())
      }),
      { numRuns: 60 },
    )
  })
})
