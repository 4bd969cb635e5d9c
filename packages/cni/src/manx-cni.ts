#!/usr/bin/env node
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { CniError, messageOf } from './spec/cni-error.ts'
import { formatError } from './spec/format-error.ts'
import { cniVersions, newestVersion } from './spec/versions.ts'
import { type CniReply, decodeReply, encodeRequest, frameLimits } from './wire/frames.ts'

// The twin of pipe.c for platforms without a compiled one, and for tests: the same contract, 70 times slower to start.

const defaultSocket = '/run/manx/cni/cni.sock'
/** As in pipe.c. */
const patience = 75_000

async function main(): Promise<CniReply> {
  const command = process.env.CNI_COMMAND ?? ''
  if (command === '') {
    throw new CniError('invalidEnvironment', 'CNI_COMMAND is not set', { details: 'this program is a CNI plugin' })
  }
  if (command === 'VERSION') {
    return { exitCode: 0, output: JSON.stringify({ cniVersion: newestVersion, supportedVersions: cniVersions }) }
  }
  const input = Buffer.from(await text(process.stdin))
  if (input.length > frameLimits.input) throw new CniError('io', 'the configuration exceeds 1 MiB')
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[0].startsWith('CNI_')),
  )
  const absent = command === 'STATUS' ? 'notAvailable' : 'tryAgainLater'
  const bytes = await exchange(encodeRequest({ environment, input })).catch((error: unknown) => {
    throw new CniError(absent, 'the node agent is not running', { details: messageOf(error) })
  })
  const reply = decodeReply(bytes)
  if (reply === undefined) throw new CniError(absent, 'the node agent ended before it answered')
  return reply
}

function exchange(request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(process.env.MANX_CNI_SOCKET || defaultSocket)
    socket.setTimeout(patience, () => socket.destroy(new Error('the node agent did not answer in time')))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.write(request)
  })
}

const reply = await main().catch(
  (error: unknown): CniReply => ({ exitCode: 1, output: formatError(newestVersion, error) }),
)
process.exitCode = reply.exitCode
process.stdout.write(`${reply.output}\n`)
