import type { Dual } from '../plan/lab-plan.ts'

export type FamilyKey = keyof Dual

/** A pod of the proof. */
export interface ProbePod {
  readonly name: string
  readonly node: string
  readonly address: Dual
}

/** Addresses and ports of the proof's Services in one family. */
export interface ProbeServices {
  readonly clusterAddress: string
  readonly itselfAddress: string
  readonly nodePort: number
  readonly nodePortLocal: number
}

/** What the probes are planned for. */
export interface ProbeWorld {
  /** One per node, behind the Services. */
  readonly probes: readonly ProbePod[]
  /** A second one per node. */
  readonly peers: readonly ProbePod[]
  readonly services: Readonly<Record<FamilyKey, ProbeServices>>
}

/** What is done, in which host's network namespace. */
export type ProbeAction =
  /** GET by a process on the host itself. */
  | { readonly kind: 'http'; readonly host: string; readonly url: string }
  /** A connection made by a pod on that host, asked for over the pod's own HTTP server. */
  | {
      readonly kind: 'dial'
      readonly host: string
      readonly pod: string
      readonly target: string
      readonly port: number
      readonly protocol: 'http' | 'udp'
      readonly request: 'clientip' | 'hostname'
    }
  /** An echo request from the namespace of a pod on that host. */
  | { readonly kind: 'ping'; readonly host: string; readonly pod: ProbePod; readonly target: string }

export type ProbeExpectation =
  /** The server says that the client has one of these addresses. */
  | { readonly kind: 'client'; readonly addresses: readonly string[] }
  | { readonly kind: 'hostname'; readonly names: readonly string[] }
  | { readonly kind: 'ttl'; readonly values: readonly number[] }

export interface Probe {
  /** Row of the matrix. */
  readonly check: string
  readonly family: FamilyKey
  /** For the one who reads a failure. */
  readonly what: string
  readonly action: ProbeAction
  readonly expect: ProbeExpectation
}

/** Says what is wrong with an answer, or nothing. The client's address comes with its port. */
export function judge(expect: ProbeExpectation, answer: string): string | undefined {
  if (expect.kind === 'ttl') {
    return expect.values.includes(Number(answer))
      ? undefined
      : `TTL ${answer} where ${expect.values.join(' or ')} was expected`
  }
  if (expect.kind === 'hostname') {
    return expect.names.includes(answer) ? undefined : `${answer} answered, expected one of ${expect.names.join(', ')}`
  }
  const address = answer
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/, '')
  return expect.addresses.includes(address)
    ? undefined
    : `the server saw ${address}, expected ${expect.addresses.join(' or ')}`
}
