import { durationPattern } from '../../duration.ts'
import type { Issue } from '../../kind.ts'
import type { Node, ObjectNode } from '../../schema/schema.ts'
import { checkShape } from '../../schema/validate.ts'

/** Parameters whose variable is not FELIX_ and the name of the field, in lower case. */
const otherNames: Readonly<Record<string, string>> = {
  externalnodescidrlist: 'externalNodesList',
  netlinktimeoutsecs: 'netlinkTimeout',
  iptableslockprobeintervalmillis: 'iptablesLockProbeInterval',
  iptablespostwritecheckintervalsecs: 'iptablesPostWriteCheckInterval',
  bpfconntrackcleanupmode: 'bpfConntrackMode',
  endpointreportingdelaysecs: 'endpointReportingDelay',
  reportingintervalsecs: 'reportingInterval',
  reportingttlsecs: 'reportingTTL',
  ipinipenabled: 'ipipEnabled',
  ipinipmtu: 'ipipMTU',
  wireguardpersistentkeepalive: 'wireguardKeepAlive',
  usagereportinginitialdelaysecs: 'usageReportingInitialDelay',
  usagereportingintervalsecs: 'usageReportingInterval',
}

export interface EnvironmentSettings {
  /** Fields of a FelixConfiguration's spec. */
  readonly spec: Readonly<Record<string, unknown>>
  /** Variables that are not understood; their path is the variable's name. They are left out of `spec`. */
  readonly issues: readonly Issue[]
}

/** Reads FELIX_… variables, whose names may be in any case, into fields of a FelixConfiguration. */
export function readFelixEnvironment(
  node: ObjectNode,
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentSettings {
  const fields = new Map(Object.keys(node.properties).map((field) => [field.toLowerCase(), field]))
  const spec: Record<string, unknown> = {}
  const issues: Issue[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (!/^felix_/i.test(variable) || text === undefined || text === '') continue
    const name = variable.slice('FELIX_'.length).toLowerCase()
    const field = fields.get(name) ?? otherNames[name]
    const property = field === undefined ? undefined : node.properties[field]
    // Calico has variables for its datastore, Typha and tests; they are none of our business.
    if (field === undefined || property === undefined) continue
    const value = readValue(field, property, text, name.endsWith('millis') ? 'ms' : 's')
    const found: Issue[] = []
    checkShape(property, value, variable, found, { unknownFields: 'refuse' })
    issues.push(...found)
    if (found.length === 0) spec[field] = value
  }
  return { spec, issues }
}

const words: Readonly<Record<string, boolean>> = {
  ...{ true: true, '1': true, yes: true, y: true, t: true },
  ...{ false: false, '0': false, no: false, n: false, f: false },
}

/** The value in the form that the field has in YAML; what cannot be read stays text, for the schema to refuse. */
function readValue(field: string, node: Node, text: string, unit: 's' | 'ms'): unknown {
  switch (node.type) {
    case 'boolean':
      return words[text.toLowerCase()] ?? text
    case 'integer':
      return /^-?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : text
    case 'intOrString':
      return /^\d+$/.test(text) ? Number(text) : text
    case 'string':
      // Lengths of time are plain numbers of seconds here, but the newer spelling is understood, too.
      return node.pattern === durationPattern && /^\d+(\.\d+)?$/.test(text) ? `${text}${unit}` : text
    case 'list':
      return readList(field, text)
    default:
      return text
  }
}

function readList(field: string, text: string): unknown {
  const parts = text.split(',').map((part) => part.trim())
  if (field.startsWith('failsafe')) return text.toLowerCase() === 'none' ? [] : parts.map(readFailsafePort)
  if (field === 'routeTableRanges') return parts.map(readRange)
  return parts
}

/** `tcp:22`, `22` or `tcp:10.0.0.0/8:22`, where an IPv6 net is in brackets. */
function readFailsafePort(text: string): unknown {
  const [, protocol = 'tcp', net, port] = /^(?:(tcp|udp):)?(?:\[?([0-9a-f.:]+\/\d+)\]?:)?(\d+)$/i.exec(text) ?? []
  if (port === undefined) return text
  return { protocol: protocol.toLowerCase(), port: Number(port), ...(net === undefined ? {} : { net }) }
}

function readRange(text: string): unknown {
  const [, min, max] = /^(\d+)-(\d+)$/.exec(text) ?? []
  return min === undefined ? text : { min: Number(min), max: Number(max) }
}
