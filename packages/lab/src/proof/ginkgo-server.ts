import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { GinkgoSpec } from './ginkgo-order.ts'

export interface GinkgoServerOptions {
  readonly processes: number
  readonly onBegin: (specs: number) => void
  readonly onSpec: (spec: GinkgoSpec) => void
  readonly onOutput: (chunk: string) => void
  /** Whether a process, counted from 1, still runs. */
  readonly alive: (process: number) => boolean
}

export interface GinkgoServer {
  readonly address: string
  close(): void
}

interface SpecReport {
  readonly LeafNodeType: string
  readonly LeafNodeText: string
  readonly ContainerHierarchyTexts: readonly string[] | null
  readonly State: string
  readonly RunTime: number
  readonly Failure?: { readonly Message?: string }
}

interface SuiteReport {
  readonly PreRunStats: { readonly SpecsThatWillRun: number }
  readonly SuiteSucceeded: boolean
  readonly SpecReports: readonly SpecReport[] | null
}

const ok = 200
const gone = 410
const tooEarly = 425

/**
 * What Ginkgo's own command is to the processes of a suite, over HTTP (GINKGO_PARALLEL_PROTOCOL): it hands out the specs one
 * by one, carries what the first process prepared to the others, and the others' reports to the first.
 */
export async function createGinkgoServer(options: GinkgoServerOptions): Promise<GinkgoServer> {
  const { processes, onBegin, onSpec, onOutput, alive } = options
  const reports: SuiteReport[] = []
  const stored = new Map<string, string>()
  let counter = 0
  let begun = 0
  let aborted = false
  const othersEnded = () => Array.from({ length: processes - 1 }, (_, index) => index + 2).every((n) => !alive(n))
  const waitFor = (path: string): Answer => {
    const value = stored.get(path)
    if (value !== undefined) return [ok, value]
    return [alive(1) ? tooEarly : gone]
  }
  const routes: Readonly<Record<string, (body: string, method: string) => Answer>> = {
    '/up': () => [ok],
    '/suite-will-begin': (body) => {
      begun += 1
      if (begun === 1) onBegin((JSON.parse(body) as SuiteReport).PreRunStats.SpecsThatWillRun)
      return [ok]
    },
    '/did-run': (body) => {
      const spec = specOf(JSON.parse(body) as SpecReport)
      if (spec !== undefined) onSpec(spec)
      return [ok]
    },
    '/suite-did-end': (body) => {
      reports.push(JSON.parse(body) as SuiteReport)
      return [ok]
    },
    '/emit-output': (body) => {
      onOutput(body)
      return [ok]
    },
    '/progress-report': () => [ok],
    '/report-before-suite-completed': (body) => store('report-before-suite', body),
    '/report-before-suite-state': () => waitFor('report-before-suite'),
    '/before-suite-completed': (body) => store('before-suite', body),
    '/before-suite-state': () => waitFor('before-suite'),
    '/have-nonprimary-procs-finished': () => [othersEnded() ? ok : tooEarly],
    '/aggregated-nonprimary-procs-report': () => {
      if (!othersEnded()) return [tooEarly]
      return reports.length === processes - 1 ? [ok, JSON.stringify(mergeReports(reports))] : [gone]
    },
    '/counter': () => {
      counter += 1
      return [ok, JSON.stringify({ Index: counter - 1 })]
    },
    '/abort': (_, method) => {
      aborted ||= method !== 'GET'
      return [method === 'GET' && aborted ? gone : ok]
    },
  }
  const store = (key: string, body: string): Answer => {
    stored.set(key, body)
    return [ok]
  }
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        const [status, answer] = routes[request.url ?? '']?.(body, request.method ?? 'GET') ?? [404]
        response.writeHead(status).end(answer)
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() }
}

type Answer = readonly [status: number, body?: string]

/** What ran: neither what was skipped nor what only prepares and reports. */
function specOf(report: SpecReport): GinkgoSpec | undefined {
  const { LeafNodeType, LeafNodeText, ContainerHierarchyTexts, State, RunTime, Failure } = report
  if (State === 'skipped' || State === 'pending') return undefined
  if (LeafNodeType !== 'It' && State === 'passed') return undefined
  const name = [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(' ').trim() || LeafNodeType
  const message = Failure?.Message
  return { name, state: State, seconds: RunTime / 1e9, ...(message === undefined ? {} : { message }) }
}

function mergeReports(reports: readonly SuiteReport[]): SuiteReport {
  const [first] = reports as readonly [SuiteReport]
  return {
    ...first,
    SuiteSucceeded: reports.every(({ SuiteSucceeded }) => SuiteSucceeded),
    SpecReports: reports.flatMap(({ SpecReports }) => SpecReports ?? []),
  }
}
