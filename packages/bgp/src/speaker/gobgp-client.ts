import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import type { Reader, Writer } from 'protobufjs'
import { BgpError } from '../error.ts'
import { api } from '../gen/gobgp.js'

interface Message<In, Out> {
  encode(message: In): Writer
  decode(reader: Reader | Uint8Array): Out
}

const callTimeout = 30_000
const servicePath = '/api.GoBgpService/'
/** Attributes of a path are about 50 bytes: a message of this many stays far below gRPC's frame limits. */
const pathsPerMessage = 500

/** gobgpd's gRPC API over its unix socket. Knows messages, not what they are for. Must be closed. */
export class GobgpClient {
  readonly #client: Client

  constructor(socketPath: string) {
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      // Every client gets a connection of its own, so that closing one cannot end another's streams.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
    })
  }

  close(): void {
    this.#client.close()
  }

  async getBgp(): Promise<api.Global> {
    const reply = await this.#unary('GetBgp', api.Empty, api.GetBgpResponse, {})
    return new api.Global(reply.global ?? {})
  }

  async startBgp(global: api.Global.$Properties): Promise<void> {
    await this.#unary('StartBgp', api.StartBgpRequest, api.Empty, { global })
  }

  async stopBgp(allowGracefulRestart: boolean): Promise<void> {
    await this.#unary('StopBgp', api.StopBgpRequest, api.Empty, { allowGracefulRestart })
  }

  async addPeer(peer: api.Peer.$Properties): Promise<void> {
    await this.#unary('AddPeer', api.AddPeerRequest, api.Empty, { peer }, peer.conf?.neighborAddress)
  }

  async updatePeer(peer: api.Peer.$Properties): Promise<{ readonly needsSoftResetIn: boolean }> {
    return this.#unary(
      'UpdatePeer',
      api.UpdatePeerRequest,
      api.UpdatePeerResponse,
      { peer },
      peer.conf?.neighborAddress,
    )
  }

  async deletePeer(address: string): Promise<void> {
    await this.#unary('DeletePeer', api.DeletePeerRequest, api.Empty, { address }, address)
  }

  /** `advertised` makes gobgpd count the Adj-RIB-Out of every peer: for humans, not for loops. */
  async listPeers(options: { address?: string; advertised?: boolean } = {}): Promise<api.Peer[]> {
    const request = { address: options.address ?? '', enableAdvertised: options.advertised ?? false }
    const replies = await this.#list('ListPeer', api.ListPeerRequest, api.ListPeerResponse, request)
    return replies.flatMap(({ peer }) => (peer ? [new api.Peer(peer)] : []))
  }

  /** Re-evaluates policies without touching sessions; the empty address means every peer. */
  async softReset(address: string, direction: api.ResetDirection): Promise<void> {
    await this.#unary('ResetPeer', api.ResetPeerRequest, api.Empty, { address, soft: true, direction }, address)
  }

  /** Adds local paths, and removes those with `isWithdraw`, in bulk and in order. */
  async addPaths(paths: readonly api.Path.$Properties[]): Promise<void> {
    if (paths.length === 0) return
    await new Promise<void>((resolve, reject) => {
      const call = this.#client.makeClientStreamRequest(
        `${servicePath}AddPathStream`,
        (message: api.AddPathStreamRequest.$Properties) => encode(api.AddPathStreamRequest, message),
        (bytes) => api.Empty.decode(bytes),
        { deadline: Date.now() + callTimeout },
        (error) => (error ? reject(describe('AddPathStream', error)) : resolve()),
      )
      for (let start = 0; start < paths.length; start += pathsPerMessage) {
        const part = paths.slice(start, start + pathsPerMessage)
        call.write({ tableType: api.TableType.TABLE_TYPE_GLOBAL, paths: part })
      }
      call.end()
    })
  }

  async listPaths(request: api.ListPathRequest.$Properties): Promise<api.Destination[]> {
    const replies = await this.#list('ListPath', api.ListPathRequest, api.ListPathResponse, request)
    return replies.flatMap(({ destination }) => (destination ? [new api.Destination(destination)] : []))
  }

  /** Paths in the table of all that was accepted, those of our own among them; counted by gobgpd. */
  async countPaths(family: api.Family.$Properties): Promise<number> {
    const request = { tableType: api.TableType.TABLE_TYPE_GLOBAL, family }
    const { numPath } = await this.#unary('GetTable', api.GetTableRequest, api.GetTableResponse, request)
    return numPath ?? 0
  }

  /** Replaces all defined sets and policies in one step; assignments stay, by policy name. */
  async setPolicies(request: api.SetPoliciesRequest.$Properties): Promise<void> {
    await this.#unary('SetPolicies', api.SetPoliciesRequest, api.Empty, request)
  }

  async setPolicyAssignment(assignment: api.PolicyAssignment.$Properties): Promise<void> {
    await this.#unary('SetPolicyAssignment', api.PolicyAssignmentRequest, api.Empty, { assignment })
  }

  async listPolicyAssignments(): Promise<api.PolicyAssignment[]> {
    const request = { name: 'global' }
    const type = 'ListPolicyAssignment'
    const replies = await this.#list(type, api.ListPolicyAssignmentRequest, api.PolicyAssignmentResponse, request)
    return replies.flatMap(({ assignment }) => (assignment ? [new api.PolicyAssignment(assignment)] : []))
  }

  async listPolicies(): Promise<api.Policy[]> {
    const replies = await this.#list('ListPolicy', api.ListPolicyRequest, api.ListPolicyResponse, {})
    return replies.flatMap(({ policy }) => (policy ? [new api.Policy(policy)] : []))
  }

  async listDefinedSets(definedType: api.DefinedType): Promise<api.DefinedSet[]> {
    const replies = await this.#list('ListDefinedSet', api.ListDefinedSetRequest, api.ListDefinedSetResponse, {
      definedType,
    })
    return replies.flatMap(({ definedSet }) => (definedSet ? [new api.DefinedSet(definedSet)] : []))
  }

  /** Calls `onEvent` for each event until the signal aborts (resolves) or the stream breaks (rejects). */
  async watch(
    request: api.WatchEventRequest.$Properties,
    onEvent: (event: api.WatchEventResponse) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const call = this.#client.makeServerStreamRequest(
      `${servicePath}WatchEvent`,
      (message: api.WatchEventRequest.$Properties) => encode(api.WatchEventRequest, message),
      (bytes) => api.WatchEventResponse.decode(bytes),
      request,
    )
    const cancel = () => call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      await new Promise<void>((resolve, reject) => {
        call.on('data', onEvent)
        call.on('error', (error: ServiceError) => (signal.aborted ? resolve() : reject(describe('WatchEvent', error))))
        call.on('end', () => reject(new BgpError('Unavailable', 'gobgpd ended the stream of events')))
      })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  #unary<In, Out>(
    method: string,
    input: Message<In, unknown>,
    output: Message<never, Out>,
    request: In,
    about?: string | null,
  ) {
    return new Promise<Out>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        servicePath + method,
        (message: In) => encode(input, message),
        (bytes) => output.decode(bytes),
        request,
        { deadline: Date.now() + callTimeout },
        (error, reply) => {
          if (error) reject(describe(method, error, about))
          else if (reply === undefined) reject(new BgpError('Refused', `gobgpd answered ${method} with nothing`))
          else resolve(reply)
        },
      )
    })
  }

  #list<In, Out>(
    method: string,
    input: Message<In, unknown>,
    output: Message<never, Out>,
    request: In,
  ): Promise<Out[]> {
    return new Promise((resolve, reject) => {
      const replies: Out[] = []
      const call = this.#client.makeServerStreamRequest(
        servicePath + method,
        (message: In) => encode(input, message),
        (bytes) => output.decode(bytes),
        request,
        { deadline: Date.now() + callTimeout },
      )
      call.on('data', (reply: Out) => replies.push(reply))
      call.on('error', (error: ServiceError) => reject(describe(method, error)))
      call.on('end', () => resolve(replies))
    })
  }
}

function encode<In>(type: Message<In, unknown>, message: In): Buffer {
  const bytes = type.encode(message).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** gobgpd's words with our code. Requests never appear in it: they may carry passwords. */
function describe(method: string, error: ServiceError, about?: string | null): BgpError {
  const what = about ? `${method} ${about}` : method
  if (/^(server stopped|BGP server is not running)$/.test(error.details)) {
    return new BgpError('Stopped', `gobgpd was stopped and must be started anew: ${what}`)
  }
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return new BgpError('Unavailable', `gobgpd does not answer: ${what}: ${error.details}`)
    case status.DEADLINE_EXCEEDED:
      return new BgpError('Unavailable', `gobgpd did not answer in ${callTimeout / 1000} s: ${what}`)
    case status.UNIMPLEMENTED:
      return new BgpError('UnsupportedVersion', `gobgpd does not know ${what}: version 4.8 or newer is needed`)
    default:
      return new BgpError('Refused', `gobgpd refused ${what}: ${error.details}`)
  }
}
