/** Port of the servers, UDP and TCP. */
export const trafficPort = 7000

/** Bytes that a socket may have waiting. */
export const receiveBuffer = 4 * 2 ** 20

/** One thing that a worker does again and again. */
export interface Flow {
  /** For the one who reads a failure, for example `client-x (node1) → server-y (node2), UDP, IPv4`. */
  readonly name: string
  readonly kind: 'datagrams' | 'stream' | 'connections'
  readonly address: string
  readonly perSecond: number
  /** Whether an answer is what must come, or what must not. */
  readonly allowed: boolean
}

/** What a worker in one pod does, sent to it as its first line. */
export interface TrafficOrder {
  /** Answers on `trafficPort` and counts who calls. */
  readonly serve: boolean
  readonly flows: readonly Flow[]
}

export interface FlowReport {
  readonly name: string
  readonly kind: Flow['kind']
  readonly allowed: boolean
  /** Datagrams, messages on the stream, or connections. */
  readonly sent: number
  readonly answered: number
  /** Of what is allowed: broken, and not answered yet. */
  readonly failed: number
  readonly waiting: number
  /** When the first of those two were sent, milliseconds since 1970, and how connections and streams ended. */
  readonly losses: readonly { readonly at: number; readonly reason: string }[]
  /** Longest wait for an answer, in milliseconds; shows retransmissions. */
  readonly longest: number
}

/** Calls that a server had from one address. */
export interface CallerReport {
  readonly datagrams: number
  readonly connections: number
}

export interface WorkerReport {
  readonly flows: readonly FlowReport[]
  readonly callers: Readonly<Record<string, CallerReport>>
  /** Counters of the pod's network namespace since the worker started. */
  readonly kernel: {
    readonly synRetransmits: number
    readonly retransmits: number
    readonly receiveBufferErrors: number
  }
}
