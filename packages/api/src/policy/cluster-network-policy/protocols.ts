import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import type { PolicyPort, ProtocolNumber } from '../model.ts'
import { groupPorts, type ProtocolPort, type ProtocolPorts } from '../network-policy/ports.ts'
import { protocolNumbers } from '../protocols.ts'

const protocols = new Map([...protocolNumbers].map(([name, number]) => [name.toLowerCase(), number]))
const portNumber = { least: 1, most: 65_535 } as const

/** What a rule asks of protocols and ports; undefined, with the reason added to `issues`, when a part of it cannot be read. */
export function readProtocols(value: unknown, path: string, issues: Issue[]): ProtocolPorts[] | undefined {
  if (value === undefined || value === null) return [{}]
  if (!Array.isArray(value) || value.length === 0) {
    issues.push({ path, value, message: 'must be a list of protocols with at least one, or absent' })
    return undefined
  }
  const read = value.map((one, index) => readProtocol(one, `${path}[${index}]`, issues))
  const known = read.filter((one) => one !== undefined)
  return known.length < read.length ? undefined : groupPorts(known.flat())
}

function readProtocol(value: unknown, path: string, issues: Issue[]): ProtocolPort[] | undefined {
  const entries = isObject(value) ? Object.entries(value) : []
  const [only] = entries
  if (only === undefined || entries.length > 1) {
    issues.push({ path, value, message: 'must have exactly one of tcp, udp, sctp and destinationNamedPort' })
    return undefined
  }
  const [name, match] = only
  if (name === 'destinationNamedPort') {
    if (typeof match === 'string' && match !== '') {
      return [...protocolNumbers.values()].map((protocol) => ({ protocol, port: { name: match } }))
    }
    issues.push({ path: `${path}.${name}`, value: match, message: 'must be the name of a port' })
    return undefined
  }
  const protocol = protocols.get(name)
  if (protocol === undefined) {
    issues.push({ path: `${path}.${name}`, value: match, message: 'is not known: write tcp, udp or sctp' })
    return undefined
  }
  return readMatch(protocol, match, `${path}.${name}`, issues)
}

function readMatch(
  protocol: ProtocolNumber,
  match: unknown,
  path: string,
  issues: Issue[],
): ProtocolPort[] | undefined {
  const others = isObject(match) ? Object.keys(match).filter((key) => key !== 'destinationPort') : []
  if (!isObject(match) || others.length > 0) {
    issues.push({ path, value: match, message: 'must be an object with destinationPort and nothing else' })
    return undefined
  }
  if (match.destinationPort === undefined) return [{ protocol, port: 'all' }]
  const port = readPort(match.destinationPort, `${path}.destinationPort`, issues)
  return port === undefined ? undefined : [{ protocol, port }]
}

function readPort(value: unknown, path: string, issues: Issue[]): PolicyPort | undefined {
  const { number, range } = isObject(value) ? value : {}
  if (isPort(number) && range === undefined) return { from: number, to: number }
  if (number === undefined && isObject(range)) {
    const { start, end } = range
    if (isPort(start) && isPort(end) && start <= end) return { from: start, to: end }
  }
  const limits = `${portNumber.least} to ${portNumber.most}`
  issues.push({ path, value, message: `must have either a number of ${limits} or a range with start and end of these` })
  return undefined
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= portNumber.least && value <= portNumber.most
