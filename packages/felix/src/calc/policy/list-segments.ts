import type { Policy, PolicyDirection } from '@manx/api'
import { mayPass } from './policy-chain.ts'
import { contentChainName, policyChainName, policyIdentity, policyTitle } from './policy-names.ts'

/** What a list jumps to: a policy, or a chain of its own for several that follow each other. */
export interface Segment {
  /** In place of the chain's name, which is longer. */
  readonly id: string
  readonly chain: string
  readonly title: string
  /** A packet may come back from it marked for the next tier. */
  readonly passes: boolean
  /** Of several. */
  readonly group?: readonly Segment[]
}

/** Lists of a tier up to this length are plain. */
const longestPlain = 64

/** A group is at most this long; usually it has about 32. */
const longestGroup = 128

/**
 * The policies of a tier as jumps. Long lists are cut into groups, at places that depend on nothing but the policies on both
 * sides: a list with one policy more differs from the one before in one group, and lists that differ little share the others.
 */
export function listSegments(policies: readonly Policy[], direction: PolicyDirection): readonly Segment[] {
  if (policies.length <= longestPlain) return policies.map((policy) => policySegment(policy, direction))
  const segments: Segment[] = []
  let group: Segment[] = []
  for (const [index, policy] of policies.entries()) {
    const single = policySegment(policy, direction)
    group.push(single)
    if (index < policies.length - 1 && !endsGroup(single) && group.length < longestGroup) continue
    const chain = contentChainName('g', direction, segmentsIdentity(group))
    segments.push({
      id: chain,
      chain,
      title: `${group.length} policies from ${group[0]?.title ?? ''}`,
      passes: group.some(({ passes }) => passes),
      group,
    })
    group = []
  }
  return segments
}

/** One policy as a jump. */
export const policySegment = (policy: Policy, direction: PolicyDirection): Segment => singles[direction](policy)

/** Equal for equal jumps. */
export const segmentsIdentity = (segments: readonly Segment[]): string =>
  segments.map(({ id, passes }) => (passes ? `${id}>` : id)).join()

/** One in 32: the identity of a policy is as good as random. */
const endsGroup = ({ id }: Segment): boolean => id.startsWith('A') || id.startsWith('B')

/** Lists ask for the same ones again and again. */
function remembered(direction: PolicyDirection): (policy: Policy) => Segment {
  const known = new WeakMap<Policy, Segment>()
  return (policy) => {
    let segment = known.get(policy)
    if (segment === undefined) {
      segment = {
        id: policyIdentity(policy),
        chain: policyChainName(policy, direction),
        title: policyTitle(policy),
        passes: mayPass(policy, direction),
      }
      known.set(policy, segment)
    }
    return segment
  }
}

const singles = { Ingress: remembered('Ingress'), Egress: remembered('Egress') } as const
