import { isObject } from '../../schema/validate.ts'
import type { Report } from '../finding.ts'

type Spec = Readonly<Record<string, unknown>>
type Rewrite = (spec: Spec, report: Report) => Spec

/** What Calico's older forms say differently, by kind. All else is the same in all of them. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  IPPool: rewritePool,
  IPAMBlock: (spec) => withBooleans(rewriteBlock(spec)),
  IPAMHandle: withBooleans,
  BlockAffinity: withBooleans,
}

/** The spec of an object of Calico's older forms as users write it today. */
export function rewriteStoredSpec(kind: string, spec: unknown, report: Report): unknown {
  const rewrite = Object.hasOwn(rewrites, kind) ? rewrites[kind] : undefined
  return rewrite === undefined || !isObject(spec) ? spec : rewrite(spec, report)
}

const modes: Readonly<Record<string, string>> = {
  always: 'Always',
  never: 'Never',
  'cross-subnet': 'CrossSubnet',
  crosssubnet: 'CrossSubnet',
}

function rewritePool({ ipip, 'nat-outgoing': nat, ...spec }: Spec, report: Report): Spec {
  const old = isObject(ipip) ? ipip : {}
  const rewritten: Record<string, unknown> = { ...spec }
  for (const field of ['ipipMode', 'vxlanMode'] as const) {
    const mode = spec[field]
    if (typeof mode === 'string') rewritten[field] = modes[mode.toLowerCase()] ?? mode
  }
  if (nat !== undefined && nat !== null) {
    if (spec.natOutgoing === undefined) rewritten.natOutgoing = nat
    report('changed', 'Rewritten', 'spec.nat-outgoing', undefined, 'is natOutgoing now')
  }
  if (ipip !== undefined && ipip !== null) {
    const mode =
      typeof old.mode === 'string' && old.mode !== '' ? (modes[old.mode.toLowerCase()] ?? old.mode) : 'Always'
    if (spec.ipipMode === undefined && old.enabled === true) rewritten.ipipMode = mode
    report('changed', 'Rewritten', 'spec.ipip', undefined, 'is ipipMode now')
  }
  return rewritten
}

/** Before blocks had an affinity, they had a host. */
function rewriteBlock({ hostAffinity, ...spec }: Spec): Spec {
  const host = typeof hostAffinity === 'string' && hostAffinity !== '' ? { affinity: `host:${hostAffinity}` } : {}
  const affinity = spec.affinity === null || spec.affinity === '' ? undefined : spec.affinity
  const { affinity: _, ...others } = spec
  return { strictAffinity: false, ...others, ...(affinity === undefined ? host : { affinity }) }
}

/** `deleted` is text in the older form of BlockAffinity, and absent in what etcd has. */
function withBooleans(spec: Spec): Spec {
  const { deleted, ...others } = spec
  if (deleted === 'true' || deleted === 'false') return { ...others, deleted: deleted === 'true' }
  return deleted === '' || deleted === undefined ? others : spec
}
