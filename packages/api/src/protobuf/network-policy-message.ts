import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../core/kinds.ts'
import { labelSelector, objectMeta } from './core-messages.ts'
import { everyText, integer, integerOrText, list, textOf } from './fields.ts'
import { type Message, message } from './message.ts'

const port: Message<NetworkPolicyPort> = message<NetworkPolicyPort>({
  protocol: [1, textOf()],
  port: [2, integerOrText],
  endPort: [3, integer],
})

const peer: Message<NetworkPolicyPeer> = message<NetworkPolicyPeer>({
  podSelector: [1, labelSelector],
  namespaceSelector: [2, labelSelector],
  ipBlock: [
    3,
    message<NonNullable<NetworkPolicyPeer['ipBlock']>>({ cidr: [1, everyText], except: [2, list(everyText)] }),
  ],
})

const ports = [1, list(port)] as const
const peers = [2, list(peer)] as const

type Spec = NonNullable<NetworkPolicy['spec']>

/** All of a policy. */
export const networkPolicyMessage: Message<NetworkPolicy> = message<NetworkPolicy>({
  metadata: [1, objectMeta],
  spec: [
    2,
    message<Spec>({
      podSelector: [1, labelSelector],
      ingress: [2, list(message<NonNullable<Spec['ingress']>[number]>({ ports, from: peers }))],
      egress: [3, list(message<NonNullable<Spec['egress']>[number]>({ ports, to: peers }))],
      policyTypes: [4, list(textOf<'Ingress' | 'Egress'>())],
    }),
  ],
})
