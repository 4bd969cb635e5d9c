import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { enterHost } from '../host/enter-host.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import type { FamilyKey, ProbePod } from './probe.ts'

/** Packets on a cable of the fabric while a pod called another one beyond it. */
export interface FabricCapture {
  readonly family: FamilyKey
  readonly where: string
  readonly from: string
  readonly to: string
  /** As tcpdump prints them. */
  readonly packets: readonly string[]
  readonly problem?: string
}

const encapsulations = [
  ...['udp port 4789', 'udp port 8472', 'udp port 6081', 'udp port 51820'],
  ...['ip proto 4', 'ip proto 41', 'ip proto 47', 'ip6 proto 4', 'ip6 proto 41', 'ip6 proto 47'],
].join(' or ')

/** Listens on the cable between the ToR of `to` and what is above it while `send` makes one connection. */
export async function captureFabric(
  plan: LabPlan,
  family: FamilyKey,
  from: ProbePod,
  to: ProbePod,
  send: () => Promise<void>,
): Promise<FabricCapture> {
  const lab = plan.options.name
  const rackOf = (pod: ProbePod) => plan.nodes.find(({ name }) => name === pod.node)?.rack ?? 1
  // Between racks the spine sees it; in one rack the ToR's port of the node does, being on one subnet.
  const [host, device] = rackOf(from) === rackOf(to) ? [`tor${rackOf(to)}`, to.node] : ['spine', `tor${rackOf(to)}`]
  const [a, b] = [from.address[family], to.address[family]]
  const filter = `(host ${a} and host ${b}) or ${encapsulations}`
  const [program, ...args] = enterHost(lab, host, undefined, ['tcpdump', '-l', '-n', '-t', '-i', device, filter])
  const tcpdump = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let packets = ''
  let messages = ''
  tcpdump.stdout.on('data', (chunk: Buffer) => {
    packets += chunk.toString()
  })
  tcpdump.stderr.on('data', (chunk: Buffer) => {
    messages += chunk.toString()
  })
  const until = async (done: () => boolean) => {
    for (let tries = 0; tries < 100 && !done() && tcpdump.exitCode === null; tries += 1) await sleep(30)
  }
  const lines = () =>
    packets
      .trim()
      .split('\n')
      .filter((line) => line !== '')
  try {
    await until(() => messages.includes('listening on'))
    await send()
    await until(() => lines().length >= 4)
  } finally {
    tcpdump.kill('SIGTERM')
  }
  const problem = captureProblem(lines(), a, b, messages)
  return {
    family,
    where: `${host}, ${device}`,
    from: a,
    to: b,
    packets: lines().slice(0, 3),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** A bare packet is printed as `IP A.port > B.port: …` with nothing between; what is wrapped has other addresses or a note. */
export function captureProblem(lines: readonly string[], from: string, to: string, messages = ''): string | undefined {
  if (lines.length === 0) return `no packet was seen${messages.includes('listening on') ? '' : `: ${messages.trim()}`}`
  const isBare = (line: string) => {
    const [, , left = '', arrow, right = ''] = /^(IP6?) (\S+) (>) (\S+):/.exec(line) ?? []
    return (
      arrow === '>' &&
      [left, right].every((end) => [from, to].includes(end.replace(/\.\d+$/, '')) || [from, to].includes(end))
    )
  }
  const wrapped = lines.find((line) => !isBare(line))
  return wrapped === undefined ? undefined : `not between ${from} and ${to}: ${wrapped}`
}
