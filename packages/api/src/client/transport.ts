import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { definedOnly } from '../defined-only.ts'
import type { Connection, TlsOptions } from './connection.ts'

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With the query. */
  readonly path: string
  readonly contentType?: string
  readonly body?: string
  /** Media types of the answer, the best one first; default JSON. */
  readonly accept?: string
  readonly signal: AbortSignal
  /** A watch: its body may be silent for this many milliseconds. */
  readonly idleTimeout?: number
}

/** Sends requests over kept-alive connections, with the credentials of the moment. */
export interface Transport {
  send(request: TransportRequest): Promise<Dispatcher.ResponseData>
  close(): Promise<void>
}

export interface TransportOptions {
  readonly userAgent: string
  /** Connections for requests; what is more waits. Watches have one each beside them. */
  readonly connections: number
}

interface Pools {
  readonly identity: string
  readonly requests: Dispatcher
  readonly watches: Dispatcher
}

export function createTransport(connection: Connection, options: TransportOptions): Transport {
  let pools: Pools | undefined
  const poolsFor = (tls: TlsOptions): Pools => {
    const identity = identityOf(tls)
    if (pools?.identity === identity) return pools
    // Certificates changed: what runs may end, what comes uses the new ones.
    if (pools !== undefined) closeGently(pools)
    pools = {
      identity,
      requests: createPool(connection, tls, options.connections),
      watches: createPool(connection, tls, null),
    }
    return pools
  }
  const { origin, pathname } = new URL(connection.server)
  const base = pathname.replace(/\/$/, '')
  return {
    send: async ({ method, path, contentType, body, accept = 'application/json', signal, idleTimeout }) => {
      const { headers, tls } = await connection.credentials()
      const { requests, watches } = poolsFor(tls)
      const dispatcher = idleTimeout === undefined ? requests : watches
      return dispatcher.request({
        origin,
        path: base + path,
        method,
        signal,
        headers: {
          ...headers,
          accept,
          'user-agent': options.userAgent,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body }),
        headersTimeout: 60_000,
        bodyTimeout: idleTimeout ?? 60_000,
      })
    },
    close: async () => {
      const open = pools
      pools = undefined
      if (open !== undefined) await Promise.all([open.requests.destroy(), open.watches.destroy()])
    },
  }
}

function createPool(connection: Connection, tls: TlsOptions, connections: number | null): Dispatcher {
  // HTTP/1.1: a broken connection then ends one watch, not all of them at once.
  // kube-apiserver closes what is idle for 90 s.
  const shared = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: 75_000 }
  const connect = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 }
  if (connection.proxyUrl !== undefined) {
    return new ProxyAgent({ ...shared, uri: connection.proxyUrl, requestTls: tls, connect })
  }
  const { servername, rejectUnauthorized, ...material } = tls
  // One for all connections: each would parse the certificates and the key again.
  const secureContext = createSecureContext(material)
  const verification = definedOnly({ servername, rejectUnauthorized })
  return new Agent({ ...shared, connect: { ...connect, ...verification, secureContext } })
}

function closeGently({ requests, watches }: Pools): void {
  requests.close().catch(() => undefined)
  watches.close().catch(() => undefined)
}

function identityOf(tls: TlsOptions): string {
  const hash = createHash('sha256')
  for (const part of [tls.ca, tls.cert, tls.key, tls.passphrase, tls.servername]) {
    hash.update(part === undefined ? '-' : `${part.length}:`)
    if (part !== undefined) hash.update(part)
  }
  return `${hash.digest('hex')} ${tls.rejectUnauthorized ?? true}`
}
