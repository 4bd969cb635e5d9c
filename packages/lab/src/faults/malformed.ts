import { setTimeout as sleep } from 'node:timers/promises'
import { output } from '@manx/testbed'
import { kubectlArgs } from '../install/kubectl.ts'
import { fetchInHost } from '../proof/fetch-in-host.ts'
import { startTraffic } from '../traffic/start-traffic.ts'
import { bgpEdits } from './bgp-edits.ts'
import { bgpSessions } from './bgp-sessions.ts'
import { describeTraffic } from './describe-traffic.ts'
import { writeEtcd } from './etcd.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { type MalformedObject, malformedObjects } from './malformed-objects.ts'
import { newObjectsWork } from './new-objects-work.ts'

/**
 * Objects that no admission would take are there all of a sudden, and BGP objects in force are spoiled by a slip of the pen: each
 * is reported by an Event, in the log and in a metric, nothing of the traffic changes, no BGP session ends, and policies and pods
 * that are made meanwhile work.
 */
export async function malformed(lab: FaultLab): Promise<FaultResult> {
  const { plan, api, signal } = lab
  const name = plan.options.name
  using traffic = await startTraffic(lab)
  const objects = malformedObjects()
  const edits = bgpEdits(plan)
  const sessions = await bgpSessions(lab)
  await writeEtcd(name, objects)
  try {
    for (const { path, spoil } of edits) await api.send('PATCH', path, spoil)
    const faulty = [...objects, ...edits]
    let silent = await unreported(lab, faulty)
    for (let tries = 0; tries < 45 && silent.length > 0; tries += 1) {
      await sleep(1000, undefined, { signal })
      silent = await unreported(lab, faulty)
    }
    const made = await newObjectsWork(lab)
    const result = await traffic.stop()
    const now = new Set(await bgpSessions(lab))
    const ended = sessions
      .filter((session) => !now.has(session))
      .map((session) => `the session is not what it was: ${session}`)
    return {
      summary: `${faulty.length} malformed objects; ${sessions.length} BGP sessions; ${describeTraffic(result)}`,
      problems: [
        ...silent,
        ...made,
        ...(sessions.length === 0 ? ['no BGP session was up'] : ended),
        ...result.problems,
      ],
    }
  } finally {
    const mended = edits.map(({ path, mend }) => api.send('PATCH', path, mend))
    // What is said of one of them must not leave others in the lab.
    const removed = writeEtcd(
      name,
      objects.map(({ key }) => ({ key, object: undefined })),
    )
    await Promise.all([...mended, removed])
  }
}

interface EventObject {
  readonly type: string
  readonly regarding?: { readonly kind?: string; readonly name?: string }
}

async function unreported(
  { plan, api, kubectl: program }: FaultLab,
  objects: readonly Pick<MalformedObject, 'kind' | 'name'>[],
) {
  const lab = plan.options.name
  const { items } = await api.get<{ items: EventObject[] }>('/apis/events.k8s.io/v1/events')
  const logs = ['-n', 'manx-system', 'logs', '-l', 'app.kubernetes.io/name=manx-node', '-c', 'agent', '--tail=-1']
  const log = await output(program, [...kubectlArgs(lab), ...logs])
  const [metrics] = await fetchInHost(lab, plan.nodes[0]?.name ?? '', ['http://127.0.0.1:9091/metrics'])
  const text = metrics !== undefined && 'body' in metrics ? metrics.body : ''
  const problems = objects.flatMap(({ kind, name }) => {
    const hasEvent = items.some(
      (event) => event.type === 'Warning' && event.regarding?.kind === kind && event.regarding.name === name,
    )
    return [
      ...(hasEvent ? [] : [`there is no Event about ${kind} ${name}`]),
      ...(log.includes(name) ? [] : [`no agent's log names ${kind} ${name}`]),
    ]
  })
  const counted = rejectedObjects(text)
  return counted >= objects.length
    ? problems
    : [...problems, `the metric counts ${counted} of ${objects.length} objects`]
}

/** The sum of `manx_rejected_objects`, whatever its labels. */
export function rejectedObjects(metrics: string): number {
  return [...metrics.matchAll(/^manx_rejected_objects(?:\{[^}]*\})? (\d+)$/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )
}
