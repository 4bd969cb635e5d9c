import { cpus } from 'node:os'
import { commandPath, type Namespace } from '@manx/testbed'
import { compileHelper } from '../../native/compile-helper.ts'
import type { BenchPod, Topology } from './topology.ts'

/** What goes between two pods, and how it is counted. */
export const loads = [
  { name: 'throughput', mode: 'stream', unit: 'Gbit/s' },
  { name: 'TCP round trips', mode: 'tcp-round', unit: '/s' },
  { name: 'UDP round trips', mode: 'udp-round', unit: '/s' },
  { name: 'new connections', mode: 'connect', unit: '/s' },
] as const

export type Load = (typeof loads)[number]

const port = 5000
const iperfPort = 5201
/** Client and server on CPUs of their own, where there are two. */
const pinned = (cpu: number) => (cpus().length < 2 ? [] : ['taskset', '-c', String(cpu)])

/** Starts the servers; they end with their namespaces. */
export async function startServers({ sameNode, otherNode }: Topology): Promise<void> {
  const helper = await compileHelper('net-load')
  for (const { namespace } of [sameNode, otherNode]) {
    const listen = async (...command: readonly string[]) => {
      const [program = '', ...args] = [...pinned(1), ...command]
      return namespace.start(program, args)
    }
    const daemon = await listen(helper, 'serve', String(port))
    while (!daemon.log().includes('ready')) await new Promise((resolve) => setTimeout(resolve, 5))
    if (hasIperf) await listen('iperf3', '-s', '-p', String(iperfPort))
  }
}

export const hasIperf = commandPath('iperf3') !== undefined

/** Loads the way from one pod to another; resolves with the rate in the load's unit. */
export async function measureLoad(load: Load, from: BenchPod, to: BenchPod, seconds: number): Promise<number> {
  const { namespace } = from
  if (load.mode === 'stream' && hasIperf && seconds >= 1) return iperf(namespace, to.address, Math.round(seconds))
  const helper = await compileHelper('net-load')
  const text = await runPinned(namespace, [helper, load.mode, to.address, String(port), String(seconds)])
  const result: { readonly count: number; readonly seconds: number } = JSON.parse(text)
  const rate = result.count / result.seconds
  return load.mode === 'stream' ? (rate * 8) / 1e9 : rate
}

async function iperf(namespace: Namespace, address: string, seconds: number): Promise<number> {
  const text = await runPinned(namespace, [
    'iperf3',
    '-J',
    '-c',
    address,
    '-p',
    String(iperfPort),
    '-t',
    String(seconds),
  ])
  const { end }: { readonly end: { readonly sum_received: { readonly bits_per_second: number } } } = JSON.parse(text)
  return end.sum_received.bits_per_second / 1e9
}

function runPinned(namespace: Namespace, command: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...pinned(0), ...command]
  return namespace.output(program, args)
}
