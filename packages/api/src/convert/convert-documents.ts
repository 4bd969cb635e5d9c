import { isDeepStrictEqual } from 'node:util'
import { keyOf } from '../metadata.ts'
import { type ConvertedObject, type ConvertOptions, convertObject } from './convert-object.ts'
import type { ConversionFinding } from './finding.ts'
import { readNodeNames } from './node-names.ts'
import type { ConversionInput } from './read-input.ts'

export interface Conversion {
  /** In an order in which they can be applied: what others refer to is first. */
  readonly objects: readonly ConvertedObject[]
  readonly findings: readonly ConversionFinding[]
}

/** What comes first, so that admission finds tiers before their policies, and pools before their blocks. */
const order = [
  ...[
    'ClusterInformation',
    'KubeControllersConfiguration',
    'FelixConfiguration',
    'BGPConfiguration',
    'IPAMConfiguration',
  ],
  ...['Tier', 'IPPool', 'IPReservation', 'BGPFilter', 'BGPPeer', 'HostEndpoint', 'GlobalNetworkSet', 'NetworkSet'],
  ...['GlobalNetworkPolicy', 'NetworkPolicy'],
  ...['StagedGlobalNetworkPolicy', 'StagedNetworkPolicy', 'StagedKubernetesNetworkPolicy', 'CalicoNodeStatus'],
  ...['BlockAffinity', 'IPAMBlock', 'IPAMHandle'],
]

/**
 * Turns all objects over (see `convertObject`). Of two of one name only the first is in the result. Nodes among them tell the
 * names that nodes have in Kubernetes, which others then refer to.
 */
export function convertDocuments(
  inputs: readonly ConversionInput[],
  options: Omit<ConvertOptions, 'nodeNames'> = {},
): Conversion {
  const nodeNames = readNodeNames(inputs.map(({ value }) => value))
  const findings: ConversionFinding[] = []
  const known = new Map<string, { readonly object: ConvertedObject; readonly place: string }>()
  for (const input of inputs) {
    const converted = convertObject(input, { ...options, nodeNames })
    findings.push(...converted.findings)
    const { object } = converted
    if (object === undefined) continue
    const key = `${object.kind} ${keyOf(object)}`
    const first = known.get(key)
    if (first === undefined) known.set(key, { object, place: input.place })
    else findings.push(duplicate(object, input.place, first))
  }
  const objects = [...known.values()].map(({ object }) => object)
  return { objects: objects.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)), findings }
}

function duplicate(
  { kind, metadata, ...object }: ConvertedObject,
  place: string,
  first: { readonly object: ConvertedObject; readonly place: string },
): ConversionFinding {
  const same = isDeepStrictEqual({ kind, metadata, ...object }, first.object)
  const { name, namespace } = metadata
  return {
    effect: same ? 'changed' : 'lost',
    code: 'Duplicate',
    place,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    path: '',
    message: same
      ? `is left out: it is the same as that of ${first.place}`
      : `is lost: ${first.place} has another object of this name`,
  }
}
