import { createHash } from 'node:crypto'
import { type Event, eventName, type New } from '@manx/api'
import type { RejectedObject } from './rejections.ts'

/** Who reports, as the fence of the manifests knows it. */
const reportingController = 'manx-agent'
/** The most that the API server takes. */
const longestNote = 1024

const reasonOf = (kind: string): string => {
  if (kind === 'Node') return 'InvalidAnnotation'
  return kind.endsWith('NetworkPolicy') ? 'InvalidPolicy' : 'InvalidConfiguration'
}

/**
 * The Event about an object. All nodes find the same fault and give it the same name, so that it is stored once: the name
 * follows from the object, its generation and the fault.
 */
export function rejectedEvent(object: RejectedObject, node: string, now: Date): New<Event> {
  const { apiVersion, kind, name, uid, generation = 0, message } = object
  const reason = reasonOf(kind)
  const identity = JSON.stringify([apiVersion, kind, object.namespace, name, uid, generation, reason, message])
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  return {
    metadata: {
      name: eventName(name, digest),
      // Events of objects without a namespace are kept where kubectl looks for them.
      namespace: object.namespace ?? 'default',
    },
    // The API server takes microseconds only.
    eventTime: now.toISOString().replace(/Z$/, '000Z'),
    type: 'Warning',
    reason,
    action: 'Reject',
    note: message.length > longestNote ? `${message.slice(0, longestNote - 1)}…` : message,
    reportingController,
    reportingInstance: node,
    regarding: {
      apiVersion,
      kind,
      name,
      ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
  }
}
