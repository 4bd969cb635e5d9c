import { run } from '@manx/testbed'
import { fetchInHost } from './fetch-in-host.ts'
import { urlHost } from './plan-probes.ts'
import type { Probe, ProbeAction } from './probe.ts'
import { httpPort } from './probe-manifest.ts'

export type ProbeAnswer = { readonly text: string } | { readonly error: string }

/** Sends every probe once and returns the answers in the same order. `podPid` names a process in a pod's namespace. */
export async function runProbes(
  lab: string,
  probes: readonly Probe[],
  podPid: (pod: string) => number | undefined,
): Promise<readonly ProbeAnswer[]> {
  const answers = new Map<Probe, ProbeAnswer>()
  const byHost = Map.groupBy(probes, ({ action }) => action.host)
  await Promise.all(
    [...byHost].map(async ([host, all]) => {
      const fetched = all.filter(({ action }) => action.kind !== 'ping')
      const pinged = all.filter(({ action }) => action.kind === 'ping')
      const results = await Promise.all([
        fetchAll(
          lab,
          host,
          fetched.map(({ action }) => action),
        ),
        Promise.all(pinged.map(({ action }) => ping(action, podPid))),
      ])
      for (const [index, probe] of fetched.entries()) answers.set(probe, results[0][index] ?? { error: 'no answer' })
      for (const [index, probe] of pinged.entries()) answers.set(probe, results[1][index] ?? { error: 'no answer' })
    }),
  )
  return probes.map((probe) => answers.get(probe) ?? { error: 'not sent' })
}

async function fetchAll(lab: string, host: string, actions: readonly ProbeAction[]): Promise<readonly ProbeAnswer[]> {
  const answers = await fetchInHost(lab, host, actions.map(urlOf))
  return answers.map((answer, index) => {
    if ('error' in answer) return answer
    return actions[index]?.kind === 'dial' ? dialAnswer(answer.body) : { text: answer.body }
  })
}

function urlOf(action: ProbeAction): string {
  if (action.kind === 'http') return action.url
  if (action.kind === 'ping') return ''
  const { pod, target, port, protocol, request } = action
  const query = new URLSearchParams({ host: target, port: String(port), protocol, request, tries: '1' })
  return `http://${urlHost(pod)}:${httpPort}/dial?${query}`
}

/** agnhost answers 200 also when its own request failed. */
export function dialAnswer(body: string): ProbeAnswer {
  const { responses = [], errors = [] } = JSON.parse(body) as { responses?: string[]; errors?: string[] }
  const [text] = responses
  return text === undefined ? { error: errors.join('; ') || 'an empty answer' } : { text }
}

async function ping(action: ProbeAction, podPid: (pod: string) => number | undefined): Promise<ProbeAnswer> {
  if (action.kind !== 'ping') return { error: 'not a ping' }
  const pid = podPid(action.pod.name)
  if (pid === undefined) return { error: `no process of ${action.pod.name} found` }
  const { stdout, stderr } = await run('nsenter', [
    `--net=/proc/${pid}/ns/net`,
    ...['--', 'ping', '-n', '-c', '1', '-W', '2', action.target],
  ])
  const ttl = /ttl=(\d+)/.exec(stdout)?.[1]
  return ttl === undefined ? { error: stderr.trim() || 'no echo reply' } : { text: ttl }
}
