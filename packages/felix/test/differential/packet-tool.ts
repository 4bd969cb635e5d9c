import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Namespace, output } from '@manx/testbed'

/** An interface that packets come from and arrive at, and the node's end of the same veth pair. */
export interface Party {
  readonly namespace: Namespace
  readonly interface: string
  readonly nodeInterface: string
}

export interface SentPacket {
  /** Index of the sending party. */
  readonly party: number
  readonly id: number
  readonly bytes: Uint8Array
}

/** The C program beside this file, running. */
export interface PacketTool extends AsyncDisposable {
  /** Sends the packets and waits until each has arrived or was dropped; ids with the parties that got them. One batch at a time. */
  send(packets: readonly SentPacket[]): Promise<ReadonlyMap<number, readonly number[]>>
}

export async function startPacketTool(node: Namespace, parties: readonly Party[]): Promise<PacketTool> {
  const folder = mkdtempSync(join(tmpdir(), 'manx-packets-'))
  const program = join(folder, 'packets')
  const source = fileURLToPath(new URL('packets.c', import.meta.url))
  await output('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
  const args = parties.flatMap((party) => [party.namespace.path, party.interface, party.nodeInterface])
  const child = spawn(program, [node.path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 137)))
  return {
    send: async (packets) => {
      child.stdin.write(encodeBatch(packets))
      return decodeArrivals(await readAnswer(child, exited))
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await exited
      rmSync(folder, { recursive: true })
    },
  }
}

function encodeBatch(packets: readonly SentPacket[]): Buffer {
  return Buffer.concat([
    numbers(packets.length),
    ...packets.flatMap(({ party, bytes }) => [numbers(party, bytes.length), bytes]),
  ])
}

/** One answer: a count and as many pairs of numbers. */
function readAnswer({ stdout }: ChildProcess, exited: Promise<number>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (stdout === null) throw new Error('no standard output')
    let answer = Buffer.alloc(0)
    const take = (data: Buffer) => {
      answer = Buffer.concat([answer, data])
      if (answer.length < 4 || answer.length < 4 + 8 * answer.readUInt32BE(0)) return
      stdout.off('data', take)
      resolve(answer)
    }
    stdout.on('data', take)
    exited.then((code) => reject(new Error(`the packet tool ended with ${code}`))).catch(reject)
  })
}

function decodeArrivals(answer: Buffer): Map<number, readonly number[]> {
  const arrivals = new Map<number, readonly number[]>()
  for (let offset = 4; offset < answer.length; offset += 8) {
    const id = answer.readUInt32BE(offset)
    arrivals.set(id, [...(arrivals.get(id) ?? []), answer.readUInt32BE(offset + 4)])
  }
  return arrivals
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index)
  return bytes
}
