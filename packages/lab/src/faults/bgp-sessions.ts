import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { holderPids } from '../host/enter-host.ts'
import { LabError } from '../lab-error.ts'
import type { FaultLab } from './fault-lab.ts'

interface Answer {
  readonly peers: readonly { readonly address: string; readonly state: string; readonly since?: string }[]
}

/** Where the agent of a node says how it is, in the node's own mounts. */
const statusSocket = '/run/manx/status.sock'

/** The sessions of every node that are up, as `node1 192.0.2.1 up since 2026-01-01T00:00:00Z`. */
export async function bgpSessions({ plan }: FaultLab): Promise<readonly string[]> {
  const holders = await holderPids(plan.options.name)
  const perNode = plan.nodes.map(async ({ name }) => {
    const { peers } = await askStatus(`/proc/${holders.get(name)}/root${statusSocket}`)
    const up = peers.filter(({ state }) => state === 'up')
    return up.map(({ address, since }) => `${name} ${address} up since ${since}`)
  })
  return (await Promise.all(perNode)).flat()
}

function askStatus(socketPath: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/status', timeout: 10_000 }, (response) => {
      text(response).then((body) => resolve(JSON.parse(body) as Answer), reject)
    })
    sent.on('timeout', () => sent.destroy(new LabError('CheckFailed', `${socketPath}: no answer in 10 s`)))
    sent.on('error', reject)
    sent.end()
  })
}
