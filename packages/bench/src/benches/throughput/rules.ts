import type { NetworkPolicy, New } from '@manx/api'
import { here } from '../../workload/world.ts'

/** Which pods there are, by the value of their label `app`. */
export const apps = { client: 'client', server: 'server', bystander: 'bystander' } as const

type Peers = NonNullable<NonNullable<NonNullable<NetworkPolicy['spec']>['ingress']>[number]['from']>

const only = (app: string) => ({ matchLabels: { app } })
const fromClient = [{ podSelector: only(apps.client) }]

/**
 * As many rules on the server, which become members of sets, and as many again on another pod of the node, which are passed
 * by. The client is allowed by the last.
 */
export function collapsingRules(count: number): readonly New<NetworkPolicy>[] {
  const perPolicy = 10
  return [
    ingress('in-sets', apps.server, [
      ...Array.from({ length: count }, (_, index) => ({ from: [block(index)] })),
      { from: fromClient },
    ]),
    ...Array.from({ length: Math.ceil(count / perPolicy) }, (_, policy) =>
      ingress(
        `elsewhere-${policy}`,
        apps.bystander,
        Array.from({ length: perPolicy }, (__, rule) => distinctRule(policy * perPolicy + rule)),
      ),
    ),
  ]
}

/** Rules on the server that differ in peer and port, so that each must be looked at. The client is allowed by the last. */
export function distinctRules(count: number): readonly New<NetworkPolicy>[] {
  const rules = Array.from({ length: count }, (_, index) => distinctRule(index))
  return [ingress('distinct', apps.server, [...rules, { from: fromClient }])]
}

function distinctRule(index: number) {
  return {
    from: [{ podSelector: only(`peer-${index % 100}`) }],
    ports: [{ protocol: 'TCP' as const, port: 10_000 + index }],
  }
}

const block = (index: number): Peers[number] => ({ ipBlock: { cidr: `10.200.${index >> 8}.${index & 255}/32` } })

function ingress(
  name: string,
  app: string,
  rules: NonNullable<NonNullable<NetworkPolicy['spec']>['ingress']>,
): New<NetworkPolicy> {
  return {
    metadata: { name, namespace: here },
    spec: { podSelector: only(app), policyTypes: ['Ingress'], ingress: rules },
  }
}
