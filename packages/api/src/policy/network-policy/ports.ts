import { compareText } from '../../compare-text.ts'
import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import type { PolicyPort, ProtocolNumber } from '../model.ts'
import { protocolNumbers } from '../protocols.ts'

/** The ports of one protocol. Without `ports` all of them, without `protocol` everything there is. */
export interface ProtocolPorts {
  readonly protocol?: ProtocolNumber
  readonly ports?: readonly PolicyPort[]
}

interface PortRange {
  readonly from: number
  readonly to: number
}

/** What is listed of one protocol so far. */
interface Collected {
  all: boolean
  readonly ranges: PortRange[]
  readonly names: Set<string>
}

const largestPort = 65_535

/**
 * The ports of a rule, those of one protocol together, sorted and merged. Ports that cannot be read are left out, with the
 * reason added to `issues`; when none is left, the result is empty, which is no port rather than any.
 */
export function readPorts(value: unknown, path: string, issues: Issue[]): ProtocolPorts[] {
  const listed = value ?? []
  if (!Array.isArray(listed)) {
    issues.push({ path, value, message: 'must be a list of ports' })
    return []
  }
  if (listed.length === 0) return [{}]
  const collected = new Map<ProtocolNumber, Collected>()
  for (const [index, port] of listed.entries()) collectPort(port, `${path}[${index}]`, collected, issues)
  return [...collected]
    .sort(([a], [b]) => a - b)
    .map(([protocol, { all, ranges, names }]) => {
      if (all) return { protocol }
      const named = [...names].sort(compareText).map((name) => ({ name }))
      return { protocol, ports: [...mergeRanges(ranges), ...named] }
    })
}

function collectPort(value: unknown, path: string, collected: Map<ProtocolNumber, Collected>, issues: Issue[]): void {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object with protocol, port and endPort' })
    return
  }
  const protocol = readProtocol(value.protocol ?? 'TCP', `${path}.protocol`, issues)
  const port = readPort(value.port ?? undefined, value.endPort ?? undefined, path, issues)
  if (protocol === undefined || port === undefined) return
  let ports = collected.get(protocol)
  if (ports === undefined) {
    ports = { all: false, ranges: [], names: new Set() }
    collected.set(protocol, ports)
  }
  if (port === 'all') ports.all = true
  else if ('name' in port) ports.names.add(port.name)
  else ports.ranges.push(port)
}

function readProtocol(value: unknown, path: string, issues: Issue[]): ProtocolNumber | undefined {
  const protocol = typeof value === 'string' ? protocolNumbers.get(value) : undefined
  if (protocol === undefined) issues.push({ path, value, message: 'must be TCP, UDP or SCTP' })
  return protocol
}

function readPort(port: unknown, endPort: unknown, path: string, issues: Issue[]): PolicyPort | 'all' | undefined {
  const place = `${path}.port`
  if (port === undefined) {
    if (endPort === undefined) return 'all'
    issues.push({ path: `${path}.endPort`, value: endPort, message: 'must be absent without a port' })
    return undefined
  }
  if (typeof port === 'string') return readPortName(port, endPort, path, issues)
  if (!isPort(port)) {
    const message = `must be a whole number of 1 to ${largestPort} or the name of a port`
    issues.push({ path: place, value: port, message })
    return undefined
  }
  if (endPort === undefined) return { from: port, to: port }
  if (isPort(endPort) && endPort >= port) return { from: port, to: endPort }
  const message = `must be a whole number of ${port}, which is the port, to ${largestPort}`
  issues.push({ path: `${path}.endPort`, value: endPort, message })
  return undefined
}

function readPortName(name: string, endPort: unknown, path: string, issues: Issue[]): PolicyPort | undefined {
  if (!isPortName(name)) {
    const message = 'must be a name of at most 15 lower case letters, digits and single -, with at least one letter'
    issues.push({ path: `${path}.port`, value: name, message })
    return undefined
  }
  if (endPort === undefined) return { name }
  issues.push({ path: `${path}.endPort`, value: endPort, message: 'must be absent beside the name of a port' })
  return undefined
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= largestPort
}

function isPortName(text: string): boolean {
  return text.length <= 15 && /[a-z]/.test(text) && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)
}

function mergeRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last === undefined || range.from > last.to + 1) merged.push(range)
    else if (range.to > last.to) merged[merged.length - 1] = { from: last.from, to: range.to }
  }
  return merged
}
