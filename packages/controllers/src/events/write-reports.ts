import { randomBytes } from 'node:crypto'
import {
  type Event,
  eventName,
  events,
  type KubernetesClient,
  type Logger,
  messageOf,
  type New,
  pause,
} from '@manx/api'
import type { Report, Reporter } from '@manx/ipam'

export interface ReportOptions {
  readonly client: Pick<KubernetesClient, 'create'>
  /** The process that reports. */
  readonly identity: string
  readonly logger: Logger
  /** Milliseconds between two Events; default 100. */
  readonly interval?: number
}

export interface Reports {
  readonly report: Reporter
  /** Writes them as Events, one after the other, until the signal. */
  run(signal: AbortSignal): Promise<void>
}

/** More than these at once are a flood, of which the first say enough. */
const most = 100
const longestNote = 1024

export function createReports({ client, identity, logger, interval = 100 }: ReportOptions): Reports {
  const waiting: Report[] = []
  let wake = Promise.withResolvers<void>()
  return {
    report: (report) => {
      if (waiting.length < most) waiting.push(report)
      wake.resolve()
    },
    run: async (signal) => {
      signal.addEventListener('abort', () => wake.resolve(), { once: true })
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next === undefined) {
          wake = Promise.withResolvers()
          await wake.promise
          continue
        }
        await client.create(events, eventOf(next, identity, new Date()), { signal }).catch((error: unknown) => {
          if (!signal.aborted) logger.warn('an Event cannot be written', { ...next, error: messageOf(error) })
        })
        await pause(interval, signal)
      }
    },
  }
}

/** The Event of a report. Those of objects without a namespace are kept where kubectl looks for them. */
export function eventOf(report: Report, identity: string, now: Date): New<Event> {
  const { apiVersion, kind, name, uid, type, reason, action, note } = report
  return {
    metadata: { name: eventName(name, randomBytes(8).toString('hex')), namespace: 'default' },
    // The API server takes microseconds only.
    eventTime: now.toISOString().replace(/Z$/, '000Z'),
    type,
    reason,
    action,
    note: note.length > longestNote ? `${note.slice(0, longestNote - 1)}…` : note,
    reportingController: 'manx-controllers',
    reportingInstance: identity.slice(0, 128),
    regarding: { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) },
  }
}
