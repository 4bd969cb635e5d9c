import { readFile } from 'node:fs/promises'
import { type RunResult, run } from '@manx/testbed'
import { parseAllDocuments } from 'yaml'
import type { ControllersProcess } from './bundle.ts'

const manifest = new URL('../../../../deploy/base/controllers.yaml', import.meta.url)

interface Container {
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } }
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } }
}
interface Manifest {
  readonly kind: string
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } }
}

type Probe = (of: Pick<ControllersProcess, 'socket'>) => Promise<RunResult>

/** The probes of the Deployment, run as kubelet would: in the pod, with its environment. */
export async function probeCommands(): Promise<Readonly<Record<'liveness' | 'readiness', Probe>>> {
  const documents = parseAllDocuments(await readFile(manifest, 'utf8')).map((document): Manifest => document.toJS())
  const deployment = documents.find(({ kind }) => kind === 'Deployment')
  if (deployment === undefined) throw new Error(`there is no Deployment in ${manifest.pathname}`)
  const [{ livenessProbe, readinessProbe }] = deployment.spec.template.spec.containers
  const runIn =
    ([, ...args]: readonly string[]): Probe =>
    ({ socket }) =>
      run(process.execPath, args, { env: { MANX_HEALTH_SOCKET: socket } })
  return { liveness: runIn(livenessProbe.exec.command), readiness: runIn(readinessProbe.exec.command) }
}
