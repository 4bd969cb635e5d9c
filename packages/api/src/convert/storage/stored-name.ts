import { affinityLabels, blockAffinityLabels, blockAffinityName, blockName, handleName } from '../../core/ipam-names.ts'
import type { ObjectMeta } from '../../metadata.ts'
import { isObject } from '../../schema/validate.ts'
import type { Report } from '../finding.ts'

const policyKinds = ['NetworkPolicy', 'GlobalNetworkPolicy', 'StagedNetworkPolicy', 'StagedGlobalNetworkPolicy']

/** Before tiers were part of the API, Calico stored policies of the default tier with its name before theirs. */
const legacyPrefix = 'default.'

/** The name that users know a policy by; the older form has it in an annotation, or with a prefix. */
export function policyName(kind: string, stored: string, annotated: string | undefined): string {
  if (!policyKinds.includes(kind)) return stored
  if (annotated !== undefined) return annotated
  const bare = stored.startsWith(legacyPrefix) ? stored.slice(legacyPrefix.length) : stored
  return bare === '' ? stored : bare
}

/** Objects of IPAM have names that follow from their spec, and labels by which nodes find theirs. */
export function ipamMetadata(kind: string, metadata: ObjectMeta, spec: unknown, report: Report): ObjectMeta {
  const name = isObject(spec) ? ipamName(kind, spec) : undefined
  if (name === undefined || !isObject(spec)) return metadata
  if (metadata.name !== name) {
    report('changed', 'Renamed', 'metadata.name', undefined, `is ${name} now, which follows from its spec`)
  }
  const named = { ...metadata, name }
  if (kind !== 'BlockAffinity' || typeof spec.node !== 'string' || typeof spec.cidr !== 'string') return named
  const labels = blockAffinityLabels(spec.node, spec.cidr, spec.type === 'virtual' ? 'virtual' : 'host')
  const missing = Object.values(affinityLabels).filter((label) => metadata.labels?.[label] !== labels[label])
  if (missing.length === 0) return named
  report(
    'changed',
    'Rewritten',
    'metadata.labels',
    undefined,
    `has ${missing.join(', ')} now: nodes find theirs by labels`,
  )
  return { ...named, labels: { ...metadata.labels, ...labels } }
}

function ipamName(kind: string, { cidr, node, handleID }: Readonly<Record<string, unknown>>): string | undefined {
  if (kind === 'IPAMHandle') return typeof handleID === 'string' ? handleName(handleID) : undefined
  if (typeof cidr !== 'string') return undefined
  if (kind === 'IPAMBlock') return blockName(cidr)
  return kind === 'BlockAffinity' && typeof node === 'string' ? blockAffinityName(node, cidr) : undefined
}
