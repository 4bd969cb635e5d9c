import type { WorkloadEndpoint } from '@manx/api'
import type { AttachmentName } from '../spec/network-config.ts'

/** One interface of one container, as the journal remembers it. */
export interface Attachment extends AttachmentName {
  /** Name of the network that it was attached to. */
  readonly network: string
  /** What its addresses are registered under. */
  readonly handle: string
  /** `pending` from before the first change until ADD answers; what crashed in between is found by it. */
  readonly state: 'pending' | 'ready'
  /** Milliseconds since the epoch; of two attachments with one host interface the newer one owns it. */
  readonly createdAt: number
  /** Addresses are empty while pending. */
  readonly endpoint: WorkloadEndpoint
}

/** Identity: unique among attachments, and a legal file name. */
export function attachmentKey(name: AttachmentName): string {
  return `${name.containerId}@${encodeURIComponent(name.interfaceName)}`
}

/** Reads a journal entry; undefined when it is not one. */
export function parseAttachment(text: string): Attachment | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isAttachment(value) ? value : undefined
}

const endpointStrings = ['namespace', 'pod', 'node', 'containerId', 'interfaceName', 'podInterface'] as const
const optionalEndpointStrings = ['podUid', 'mac', 'netns'] as const

function isAttachment(value: unknown): value is Attachment {
  if (!isObject(value) || !isObject(value.endpoint)) return false
  const { endpoint } = value
  return (
    ['containerId', 'interfaceName', 'network', 'handle'].every((key) => typeof value[key] === 'string') &&
    (value.state === 'pending' || value.state === 'ready') &&
    typeof value.createdAt === 'number' &&
    endpointStrings.every((key) => typeof endpoint[key] === 'string') &&
    optionalEndpointStrings.every((key) => endpoint[key] === undefined || typeof endpoint[key] === 'string') &&
    (endpoint.mtu === undefined || typeof endpoint.mtu === 'number') &&
    Array.isArray(endpoint.addresses) &&
    endpoint.addresses.every((address) => typeof address === 'string')
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
