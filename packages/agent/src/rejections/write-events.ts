import {
  type Event,
  events,
  isApiError,
  type KubernetesClient,
  type Logger,
  messageOf,
  type New,
  pause,
} from '@manx/api'
import { rejectedEvent } from './rejected-event.ts'
import type { Rejections } from './rejections.ts'

export interface WriteEventsOptions {
  readonly client: Pick<KubernetesClient, 'create'>
  readonly node: string
  readonly rejections: Pick<Rejections, 'list'>
  readonly logger: Logger
  /** Milliseconds between two Events, so that a flood of bad objects is none of requests. Default 1000. */
  readonly interval?: number
}

/** Milliseconds after which an Event is written again: the API server forgets it after an hour. */
const lifetime = 3_600_000
const retryAfter = 60_000

/** Writes a Warning about each rejected object, where `kubectl describe` shows it, until the signal. */
export async function writeEvents(options: WriteEventsOptions, signal: AbortSignal): Promise<void> {
  const { client, node, rejections, logger, interval = 1000 } = options
  /** By object and fault: when its Event was written, or found to be there. */
  let written = new Map<string, number>()
  while (!signal.aborted) {
    // At random, so that nodes that start together do not ask together.
    await pause(interval * (0.5 + Math.random()), signal)
    const present = rejections.list().map((object) => [JSON.stringify(object), object] as const)
    written = new Map(present.flatMap(([key]) => (written.has(key) ? [[key, written.get(key) ?? 0]] : [])))
    const due = present.find(([key]) => Date.now() - (written.get(key) ?? 0) > lifetime)
    if (due === undefined || signal.aborted) continue
    const [key, object] = due
    written.set(key, Date.now())
    await create(client, rejectedEvent(object, node, new Date()), signal).catch((error) => {
      written.set(key, Date.now() - lifetime + retryAfter)
      if (!signal.aborted) logger.warn('an Event cannot be written', { ...object, error: messageOf(error) })
    })
  }
}

async function create(client: Pick<KubernetesClient, 'create'>, event: New<Event>, signal: AbortSignal): Promise<void> {
  try {
    await client.create(events, event, { signal })
  } catch (error) {
    // Another node was faster.
    if (!isApiError(error, 'AlreadyExists')) throw error
  }
}
