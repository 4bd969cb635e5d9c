import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureComponents } from '../components/index.ts'
import { enterHost } from '../host/enter-host.ts'
import { hasSctp } from '../host/has-sctp.ts'
import { labFolder } from '../host/lab-folder.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import type { LabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'

export interface ConformanceOptions {
  /** Ginkgo's regular expression over the names of the tests. */
  readonly focus: string
  readonly skip?: string
  readonly components?: string
  readonly signal: AbortSignal
  /** Where the output goes as it comes, beside the log; default standard error. */
  readonly print?: (text: string) => void
}

export interface ConformanceResult {
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly junit: string
  readonly log: string
}

/** Runs Kubernetes' own tests from the control plane's namespace, which has routes to nodes and pods. */
export async function runConformance(state: LabState, options: ConformanceOptions): Promise<ConformanceResult> {
  const lab = state.options.name
  const folder = join(labFolder(lab).path, 'e2e')
  await mkdir(folder, { recursive: true })
  const junit = join(folder, 'junit_01.xml')
  const log = labFolder(lab).log('e2e')
  await rm(junit, { force: true })
  const programs = await ensureComponents({
    names: ['e2e.test'],
    ...(options.components === undefined ? {} : { directory: options.components }),
    signal: options.signal,
  })
  const print = options.print ?? ((text: string) => process.stderr.write(text))
  const skips = options.skip === undefined ? [] : [options.skip]
  if (!(await hasSctp())) {
    print('this kernel has no SCTP: tests of Feature:SCTPConnectivity are left out\n')
    skips.push('Feature:SCTPConnectivity')
  }
  const [program, ...args] = enterHost(lab, 'control', undefined, [
    programs['e2e.test'],
    ...['--kubeconfig', join(labFolder(lab).pki, 'admin.kubeconfig'), '--provider', 'skeleton'],
    ...['--num-nodes', String(state.options.nodes), '--allowed-not-ready-nodes', '0', '--report-dir', folder],
    ...['--ginkgo.focus', options.focus, '--ginkgo.no-color'],
    ...skips.flatMap((skip) => ['--ginkgo.skip', skip]),
  ])
  const file = createWriteStream(log)
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    signal: options.signal,
    env: { ...process.env, [labVariable]: lab, [daemonVariable]: 'e2e' },
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      file.write(chunk)
      print(chunk.toString())
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      reject(options.signal.aborted ? new LabError('Aborted', 'interrupted') : error)
    })
    child.on('close', resolve)
  })
  file.end()
  const text = await readFile(junit, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new LabError('CheckFailed', `e2e.test ended with exit ${code} before a report: see ${log}`)
  return { ...readJunit(text), junit, log }
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
