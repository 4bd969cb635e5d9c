import { readFileSync } from 'node:fs'
import type { WorkerReport } from './traffic-order.ts'

/** Counters of the caller's network namespace, over both families. */
export function networkCounters(): WorkerReport['kernel'] {
  const tcp = parseCounters(readFileSync('/proc/self/net/snmp', 'utf8'))
  const extended = parseCounters(readFileSync('/proc/self/net/netstat', 'utf8'))
  const v6 = parseCounters6(readFileSync('/proc/self/net/snmp6', 'utf8'))
  return {
    synRetransmits: extended.get('TcpExt.TCPSynRetrans') ?? 0,
    retransmits: tcp.get('Tcp.RetransSegs') ?? 0,
    receiveBufferErrors: (tcp.get('Udp.RcvbufErrors') ?? 0) + (v6.get('Udp6RcvbufErrors') ?? 0),
  }
}

/** /proc/net/snmp and netstat: a line of names, then a line of values, both with the group's name in front. */
export function parseCounters(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>()
  const lines = text.trim().split('\n')
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [group = '', ...names] = (lines[index] ?? '').split(/\s+/)
    const [, ...values] = (lines[index + 1] ?? '').split(/\s+/)
    for (const [at, name] of names.entries()) counters.set(`${group.replace(':', '')}.${name}`, Number(values[at]))
  }
  return counters
}

/** /proc/net/snmp6: a name and a value on each line. */
export function parseCounters6(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map(([name = '', value]) => [name, Number(value)]),
  )
}
