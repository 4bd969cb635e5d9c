import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ensureComponents } from '../components/index.ts'
import { enterHost } from '../host/enter-host.ts'
import { hasSctp } from '../host/has-sctp.ts'
import { labFolder } from '../host/lab-folder.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import type { LabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import type { GinkgoEvent, GinkgoOrder } from './ginkgo-order.ts'

export interface ConformanceOptions {
  /** Ginkgo's regular expression over the names of the tests. */
  readonly focus: string
  readonly skip?: string
  readonly components?: string
  /** Tests that run at once, at least 2; those that must be alone are. */
  readonly processes?: number
  readonly signal: AbortSignal
  /** Gets a line for each test that ended; default standard error. */
  readonly print?: (line: string) => void
}

export interface ConformanceResult {
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly seconds: number
  readonly junit: string
  readonly log: string
}

const worker = fileURLToPath(new URL('ginkgo-worker.ts', import.meta.url))

/** Runs Kubernetes' own tests from the control plane's namespace, which has routes to nodes and pods. */
export async function runConformance(state: LabState, options: ConformanceOptions): Promise<ConformanceResult> {
  const lab = state.options.name
  const { print = (line) => console.error(line), processes = 2, signal } = options
  if (processes < 2) throw new LabError('Invalid', `--processes ${processes}: at least 2 are allowed`)
  const folder = join(labFolder(lab).path, 'e2e')
  await mkdir(folder, { recursive: true })
  const junit = join(folder, 'junit_01.xml')
  const log = labFolder(lab).log('e2e')
  await rm(junit, { force: true })
  const programs = await ensureComponents({
    names: ['e2e.test'],
    ...(state.options.kubernetes === undefined ? {} : { versions: { kubernetes: state.options.kubernetes } }),
    ...(options.components === undefined ? {} : { directory: options.components }),
    signal,
  })
  const skips = options.skip === undefined ? [] : [options.skip]
  if (!(await hasSctp())) {
    print('this kernel has no SCTP: tests of Feature:SCTPConnectivity are left out')
    skips.push('Feature:SCTPConnectivity')
  }
  const order: GinkgoOrder = {
    program: programs['e2e.test'],
    args: [
      ...['--kubeconfig', join(labFolder(lab).pki, 'admin.kubeconfig'), '--provider', 'skeleton'],
      ...['--num-nodes', String(state.options.nodes), '--allowed-not-ready-nodes', '0', '--report-dir', folder],
      ...['--ginkgo.focus', options.focus, '--ginkgo.no-color'],
      ...skips.flatMap((skip) => ['--ginkgo.skip', skip]),
    ],
    processes,
    seed: Math.floor(Math.random() * 100_000),
    folder,
    log,
  }
  const start = performance.now()
  const codes = await runWorker(lab, order, print, signal)
  const text = await readFile(junit, 'utf8').catch(() => undefined)
  if (text === undefined) {
    throw new LabError('CheckFailed', `e2e.test ended with exit ${codes.join(' and ')} before a report: see ${log}`)
  }
  return { ...readJunit(text), seconds: (performance.now() - start) / 1000, junit, log }
}

async function runWorker(
  lab: string,
  order: GinkgoOrder,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const [program, ...args] = enterHost(lab, 'control', undefined, [process.execPath, worker])
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, [labVariable]: lab, [daemonVariable]: 'e2e' },
    signal,
  })
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (error) => reject(signal.aborted ? new LabError('Aborted', 'interrupted') : error))
  })
  child.stdin.end(JSON.stringify(order))
  let specs = 0
  let done = 0
  const read = async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as GinkgoEvent
      if (event.kind === 'end') return event.codes
      if (event.kind === 'begin') specs = event.specs
      else {
        done += 1
        const mark = event.state === 'passed' ? 'pass' : event.state.toUpperCase()
        print(`${event.seconds.toFixed(1).padStart(6)} s  ${mark}  ${done}/${specs}  ${event.name}`)
        if (event.message !== undefined)
          print(`          ${event.message.split('\n').slice(0, 5).join('\n          ')}`)
      }
    }
    return []
  }
  return await Promise.race([read(), failed])
}

/** Counts what ran; the report lists every test that exists, most of them skipped. */
export function readJunit(text: string): Pick<ConformanceResult, 'passed' | 'failed' | 'failures'> {
  const cases = [...text.matchAll(/<testcase name="([^"]*)"[^>]*status="([^"]*)"/g)].map(
    ([, name = '', status = '']) => ({
      name: name.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&gt;', '>').replaceAll('&lt;', '<'),
      status,
    }),
  )
  // Set-up and tear-down of the suite are listed as cases, too.
  const tests = cases.filter(({ name }) => name.startsWith('[It]'))
  const failures = cases.filter(({ status }) => !['passed', 'skipped', 'pending'].includes(status))
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failures.length,
    failures: failures.map(({ name }) => name),
  }
}
