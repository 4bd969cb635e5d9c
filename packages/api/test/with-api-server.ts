import { afterAll, beforeAll, describe } from '@jest/globals'
import type { KubernetesClient } from '../src/index.ts'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from './api-server.ts'

/** An API server that is there while tests run: to be asked for inside of them only. */
export interface TestedApiServer {
  readonly server: ApiServer
  /** Administrator. */
  readonly client: KubernetesClient
}

/**
 * Tests with an API server of their own, which has our kinds. Skipped, with the reason in their name, where there can be none. A
 * `beforeAll` of theirs finds it running.
 */
export function withApiServer(title: string, define: (api: TestedApiServer) => void): void {
  const reason = apiServerSkipReason()
  const describeIt = reason === undefined ? describe : describe.skip
  describeIt(reason === undefined ? title : `${title} (${reason})`, () => {
    let server: ApiServer | undefined
    let client: KubernetesClient | undefined
    beforeAll(async () => {
      server = await startApiServer()
      client = await server.client()
      await installKinds(client)
    }, 120_000)
    afterAll(async () => {
      await client?.close()
      await server?.stop()
    })
    const running = <T>(one: T | undefined): T => {
      if (one === undefined) throw new Error('the API server does not run yet')
      return one
    }
    define({
      get server() {
        return running(server)
      },
      get client() {
        return running(client)
      },
    })
  })
}
