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

/** A port of a protocol, or all of them. */
export interface ProtocolPort {
  readonly protocol: ProtocolNumber
  readonly port: PolicyPort | 'all'
}

interface PortRange {
  readonly from: number
  readonly to: number
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
  const read = listed.map((port, index) => readProtocolPort(port, `${path}[${index}]`, issues))
  return groupPorts(read.filter((one) => one !== undefined))
}

/** Ports of several protocols, those of one together, sorted and merged. */
export function groupPorts(ports: Iterable<ProtocolPort>): ProtocolPorts[] {
  const collected = new Map<ProtocolNumber, PolicyPort[] | 'all'>()
  for (const { protocol, port } of ports) {
    const known = collected.get(protocol)
    if (port === 'all' || known === 'all') collected.set(protocol, 'all')
    else if (known === undefined) collected.set(protocol, [port])
    else known.push(port)
  }
  return [...collected]
    .sort(([a], [b]) => a - b)
    .map(([protocol, listed]) => (listed === 'all' ? { protocol } : { protocol, ports: mergePorts(listed) }))
}

/** Ranges merged and in order, then names, each once. */
export function mergePorts(ports: readonly PolicyPort[]): PolicyPort[] {
  const names = new Set(ports.flatMap((port) => ('name' in port ? [port.name] : [])))
  const ranges = mergeRanges(ports.filter((port) => 'from' in port))
  return [...ranges, ...[...names].sort(compareText).map((name) => ({ name }))]
}

function readProtocolPort(value: unknown, path: string, issues: Issue[]): ProtocolPort | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object with protocol, port and endPort' })
    return undefined
  }
  const protocol = readProtocol(value.protocol ?? 'TCP', `${path}.protocol`, issues)
  const port = readPort(value.port ?? undefined, value.endPort ?? undefined, path, issues)
  return protocol === undefined || port === undefined ? undefined : { protocol, port }
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
