import { join } from 'node:path'

const root = '/var/lib/manx-lab'

/** Where a lab keeps everything that it writes; `down` removes the whole folder. */
export interface LabFolder {
  readonly path: string
  readonly state: string
  /** For the machine's own namespace, mode 0600. */
  readonly kubeconfig: string
  readonly logs: string
  readonly pki: string
  readonly bin: string
  log(daemon: string): string
  router(name: string): string
  node(name: string): string
}

/** All labs of this machine are below one folder, which `down` removes with the last lab. */
export const labsFolder = root

export function labFolder(name: string): LabFolder {
  const path = join(root, name)
  return {
    path,
    state: join(path, 'state.json'),
    kubeconfig: join(path, 'kubeconfig'),
    logs: join(path, 'logs'),
    pki: join(path, 'pki'),
    bin: join(path, 'bin'),
    log: (daemon) => join(path, 'logs', `${daemon}.log`),
    router: (router) => join(path, 'fabric', router),
    node: (node) => join(path, 'nodes', node),
  }
}
