import type { Policy, PolicyDirection } from '@manx/api'
import type { Chain } from '../ruleset.ts'
import { policySegment, type Segment } from './list-segments.ts'
import { namespaceChainName } from './policy-names.ts'
import { jumps } from './tier-rules.ts'

/** A policy, or a chain of its own for several that follow each other. */
export interface Part {
  readonly segment: Segment
  /** Orders of its first and its last policy. */
  readonly from: number
  readonly to: number
  /** Its last policy. */
  readonly last: Segment
  /** Of several. */
  readonly parts?: readonly Part[]
}

export interface CommonsPlace {
  readonly namespace: string
  readonly direction: PolicyDirection
  readonly tier: string
}

/** Up to so many parts are asked one by one. */
const longestPlain = 16

/** A group is at most this long; usually it has eight parts. */
const longestGroup = 64

/** Groups of groups of …: for a few ten thousand policies. The kernel follows 16 jumps, and the way to here takes five. */
const deepest = 5

/**
 * The policies of one tier that a namespace's endpoints have in common, cut into groups of a few, and these again. Where a
 * group ends depends on the policy at its end alone, and so does its name: one policy more changes one group, and any part of the
 * order is a few groups and a few policies at its edge.
 */
export function groupCommons(policies: readonly Policy[], place: CommonsPlace): readonly Part[] {
  let parts: readonly Part[] = policies.map((policy): Part => {
    const segment = policySegment(policy, place.direction)
    return { segment, from: policy.order, to: policy.order, last: segment }
  })
  for (let level = 0; parts.length > longestPlain && level < deepest; level++) parts = grouped(parts, level, place)
  return parts
}

/** What is asked of those whose order is in a part of all orders, which has one end. */
export function partsIn(parts: readonly Part[], isIn: (order: number) => boolean): readonly Segment[] {
  return parts.flatMap((part) => {
    const [first, last] = [isIn(part.from), isIn(part.to)]
    if (first && last) return [part.segment]
    return first || last ? partsIn(part.parts ?? [], isIn) : []
  })
}

/** The chains of all groups. */
export function partChains(parts: readonly Part[], passMark: number): readonly Chain[] {
  return parts.flatMap(({ segment, parts: inner }) =>
    inner === undefined
      ? []
      : [{ name: segment.chain, rules: jumps(segmentsOf(inner), passMark) }, ...partChains(inner, passMark)],
  )
}

function grouped(parts: readonly Part[], level: number, place: CommonsPlace): readonly Part[] {
  const groups: Part[] = []
  let group: [Part, ...Part[]] | undefined
  for (const [index, part] of parts.entries()) {
    if (group === undefined) group = [part]
    else group.push(part)
    const isEnd = endsGroup(part, level) || group.length === longestGroup
    if (!isEnd && index < parts.length - 1) continue
    groups.push(groupOf(group, isEnd, level, place))
    group = undefined
  }
  return groups
}

/** `isEnd` is false for the last one, which goes on with whatever comes behind. */
function groupOf(parts: readonly [Part, ...Part[]], isEnd: boolean, level: number, place: CommonsPlace): Part {
  const { namespace, direction, tier } = place
  const [first] = parts
  const last = parts.at(-1) ?? first
  const end = isEnd ? last : undefined
  const chain = namespaceChainName(namespace, direction, ['group', tier, level, end?.last.id])
  const title = `all of ${namespace}: tier ${tier}, ${end === undefined ? 'to the end' : `up to ${end.last.title}`}`
  const segment = { id: chain, chain, title, passes: parts.some((part) => part.segment.passes) }
  return { segment, from: first.from, to: last.to, last: last.last, parts }
}

const segmentsOf = (parts: readonly Part[]): readonly Segment[] => parts.map(({ segment }) => segment)

/** One in eight: the identity of a policy is as good as random. */
const endsGroup = ({ last }: Part, level: number): boolean => /[A-H]/.test(last.id.charAt(level))
