import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { isObject, messageOf, printable } from '@manx/api'
import type { NodeStatus } from '@manx/process'
import { CliError } from '../cli-error.ts'

/** Asks the agent of this machine; undefined when there is none, or this user may not ask it. */
export function readStatus(socketPath: string): Promise<NodeStatus | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/status', timeout: 5000 }, (response) => {
      statusIn(response).then(resolve, reject)
    })
    asked.on('timeout', () => asked.destroy(new CliError('Failed', 'the agent does not answer')))
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(error.code ?? '')) resolve(undefined)
      else reject(new CliError('Failed', `the agent did not answer: ${messageOf(error)}`, error))
    })
    asked.end()
  })
}

/** Rejects when the agent ends before all of its answer has come. */
async function statusIn(response: IncomingMessage): Promise<NodeStatus> {
  const answer = await text(response).catch((error: unknown) => {
    if (error instanceof CliError) throw error
    throw new CliError('Failed', `the agent ended while it answered: ${messageOf(error)}`, error)
  })
  if (response.statusCode !== 200) {
    throw new CliError('Failed', `the agent answered ${response.statusCode}: ${printable(answer)}`)
  }
  try {
    const status: unknown = JSON.parse(answer)
    if (isObject(status)) return status as unknown as NodeStatus
  } catch {
    // Said below.
  }
  throw new CliError('Failed', 'the agent answered with something else than its status')
}
