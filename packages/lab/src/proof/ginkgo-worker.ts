// Started in the control plane's namespace: runs several processes of a Ginkgo suite side by side, as Ginkgo's own command
// would. Standard input: a GinkgoOrder as JSON. Standard output: one line of JSON for each GinkgoEvent.
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import type { GinkgoEvent, GinkgoOrder } from './ginkgo-order.ts'
import { createGinkgoServer } from './ginkgo-server.ts'

const order = JSON.parse(await text(process.stdin)) as GinkgoOrder
const tell = (event: GinkgoEvent) => process.stdout.write(`${JSON.stringify(event)}\n`)
const log = createWriteStream(order.log)
const children: ChildProcess[] = []
process.once('SIGTERM', () => {
  for (const child of children) child.kill('SIGKILL')
  process.exit(143)
})
const server = await createGinkgoServer({
  processes: order.processes,
  onBegin: (specs) => tell({ kind: 'begin', specs }),
  onSpec: (spec) => tell({ kind: 'spec', ...spec }),
  onOutput: (chunk) => log.write(chunk),
  alive: (number) => {
    const child = children[number - 1]
    return child === undefined || (child.exitCode === null && child.signalCode === null)
  },
})
const codes = await Promise.all(
  Array.from({ length: order.processes }, (_, index) => {
    const parallel = [
      ...[`--ginkgo.parallel.process=${index + 1}`, `--ginkgo.parallel.total=${order.processes}`],
      ...[`--ginkgo.parallel.host=${server.address}`, `--ginkgo.seed=${order.seed}`],
    ]
    const child = spawn(order.program, [...order.args, ...parallel], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: order.folder,
      env: { ...process.env, GINKGO_PARALLEL_PROTOCOL: 'HTTP' },
    })
    children.push(child)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => log.write(chunk))
    return new Promise<number>((resolve) => {
      child.on('error', () => resolve(127))
      child.on('close', (code) => resolve(code ?? 137))
    })
  }),
)
server.close()
log.end(() => {
  tell({ kind: 'end', codes })
  process.exit()
})
