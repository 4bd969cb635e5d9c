import { assumed, boolean } from '../../schema/builders.ts'
import type { Rule } from '../../schema/schema.ts'
import { selector } from '../shared-fields.ts'
import { policyFields } from './policy-fields.ts'

/** What policies without a namespace have. */
export const globalPolicyFields = {
  ...policyFields('Cluster'),
  namespaceSelector: selector('Only endpoints in namespaces with these labels.', { noGlobal: true }),
  applyOnForward: assumed(
    boolean('Apply to packets that pass through host endpoints, too, not only to those from and to the host itself.'),
    false,
  ),
  doNotTrack: assumed(
    boolean('Apply before connection tracking, which then does not see the packets; for host endpoints.'),
    false,
  ),
  preDNAT: assumed(
    boolean('Apply before destinations are translated, for example of NodePorts; for host endpoints, ingress only.'),
    false,
  ),
} as const

interface GlobalPolicy {
  readonly applyOnForward?: boolean
  readonly doNotTrack?: boolean
  readonly preDNAT?: boolean
  readonly egress?: readonly unknown[]
  readonly types?: readonly string[]
}

const preDNAT = 'has(self.preDNAT) && self.preDNAT'
const doNotTrack = 'has(self.doNotTrack) && self.doNotTrack'

export const globalPolicyRules: readonly Rule<GlobalPolicy>[] = [
  {
    rule: `!(${preDNAT} && ${doNotTrack})`,
    message: 'cannot be combined with doNotTrack',
    at: 'preDNAT',
    holds: (policy) => policy.preDNAT !== true || policy.doNotTrack !== true,
  },
  {
    rule: `!(${preDNAT}) || !has(self.egress) || self.egress.size() == 0`,
    message: 'must be empty with preDNAT: before translation there are only packets that come in',
    at: 'egress',
    holds: (policy) => policy.preDNAT !== true || (policy.egress ?? []).length === 0,
  },
  {
    rule: `!(${preDNAT}) || !has(self.types) || !('Egress' in self.types)`,
    message: 'must not have Egress with preDNAT: before translation there are only packets that come in',
    at: 'types',
    holds: (policy) => policy.preDNAT !== true || policy.types?.includes('Egress') !== true,
  },
  {
    rule: `!(${preDNAT} || ${doNotTrack}) || (has(self.applyOnForward) && self.applyOnForward)`,
    message: 'must be true with preDNAT or doNotTrack: what is done that early is done to forwarded packets, too',
    at: 'applyOnForward',
    holds: (policy) => (policy.preDNAT !== true && policy.doNotTrack !== true) || policy.applyOnForward === true,
  },
]
