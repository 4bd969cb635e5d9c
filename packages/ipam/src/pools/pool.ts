import {
  explainSelector,
  type IPPool,
  type MalformedObject,
  type Prefix,
  parsePrefix,
  parseSelector,
  type Selector,
} from '@manx/api'
import { defaultBlockLength } from '../names.ts'

const everything = parseSelector('all()')

export type PoolUse = 'Workload' | 'Tunnel' | 'LoadBalancer'

/** What the allocator needs of an IPPool, with defaults applied. */
export interface Pool {
  readonly name: string
  readonly prefix: Prefix
  readonly blockLength: number
  /** Why no address may be taken from it, whoever asks; absent when addresses may. */
  readonly closed?: string
  /** The pool whose addresses it has too and which goes before it, see `resolveOverlaps`. */
  readonly overlaps?: string
  /** The object is none of its kind: `closed` says why, and of the rest nothing counts but the name and, where readable, the CIDR. */
  readonly malformed?: boolean
  /** It has no addresses: its CIDR is none. */
  readonly unreadable: boolean
  readonly disabled: boolean
  readonly terminating: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly nodeSelector: Selector
  readonly namespaceSelector?: Selector
  readonly manual: boolean
  readonly allowedUses: ReadonlySet<string>
}

/** The parts of an IPPool that an informer must keep for the allocator. */
export type StoredPool = Pick<IPPool, 'metadata' | 'spec'>

/** Reads a pool. A faulty one is never an error: it is closed, and says why. */
export function decodePool(stored: StoredPool): Pool {
  const { spec } = stored
  const prefix = parsePrefix(spec.cidr)
  const faults: string[] = []
  if (prefix === undefined) faults.push(`spec.cidr "${spec.cidr}" is not a CIDR`)
  const nodeSelector = readSelector('nodeSelector', spec.nodeSelector, faults)
  const namespaceSelector = readSelector('namespaceSelector', spec.namespaceSelector, faults)
  const blockLength = spec.blockSize ?? defaultBlockLength[prefix?.family ?? 4]
  if (prefix !== undefined && blockLength < prefix.length) {
    faults.push(`spec.blockSize ${blockLength} is larger than the pool`)
  }
  const disabled = spec.disabled === true
  const terminating = stored.metadata.deletionTimestamp !== undefined
  if (disabled) faults.push('is disabled')
  if (terminating) faults.push('is being deleted')
  return {
    name: stored.metadata.name,
    prefix: prefix ?? { family: 4, value: 0n, length: 32 },
    blockLength,
    ...(faults[0] === undefined ? {} : { closed: faults[0] }),
    unreadable: prefix === undefined,
    disabled,
    terminating,
    createdAt: Date.parse(stored.metadata.creationTimestamp ?? '') || 0,
    nodeSelector: nodeSelector ?? everything,
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    manual: spec.assignmentMode === 'Manual',
    allowedUses: new Set<string>(spec.allowedUses ?? ['Workload', 'Tunnel']),
  }
}

/** What can be said of an IPPool of which nothing may be in force. `fault`: why. */
export function decodeMalformedPool({ metadata, spec }: MalformedObject, fault: string): Pool {
  const { cidr } = (spec ?? {}) as { readonly cidr?: unknown }
  return { ...decodePool({ metadata, spec: { cidr: String(cidr) } }), closed: fault, malformed: true }
}

/** An empty selector is none. A faulty one is noted, and its pool serves nobody. */
function readSelector(field: string, text: string | undefined, faults: string[]): Selector | undefined {
  if (text === undefined || text === '') return undefined
  const fault = explainSelector(text)
  if (fault === undefined) return parseSelector(text)
  faults.push(`spec.${field}: ${fault}`)
  return undefined
}
