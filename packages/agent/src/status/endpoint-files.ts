import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, messageOf, pause, type WorkloadEndpoint } from '@manx/api'

export interface EndpointFilesOptions {
  /** Where the folder `endpoint-status` is made; nothing is written while it is not there. */
  readonly prefix: () => string
  /** Endpoints that are up: what is wanted of them is in the kernel, and their interface runs. */
  readonly up: () => Promise<readonly WorkloadEndpoint[]>
  readonly logger: Logger
}

/** Milliseconds between looks; long where nobody reads the files. */
const looks = { wanted: 1000, unwanted: 10_000 }

/**
 * Keeps a file for each endpoint that is up, as Felix does for programs that wait for it, until the signal. The folder of the
 * prefix is the switch: the agent has it only where somebody mounts it.
 */
export async function keepEndpointFiles(
  { prefix, up, logger }: EndpointFilesOptions,
  signal: AbortSignal,
): Promise<void> {
  let said = ''
  while (!signal.aborted) {
    let wanted = false
    try {
      const folder = prefix()
      wanted = folder !== '' && existsSync(folder)
      if (wanted) writeEndpointFiles(join(folder, 'endpoint-status'), await up())
      said = ''
    } catch (error) {
      const message = messageOf(error)
      if (message !== said && !signal.aborted) logger.warn('endpoint status cannot be written', { error: message })
      said = message
    }
    await pause(wanted ? looks.wanted : looks.unwanted, signal)
  }
}

/** Makes the folder's files those of these endpoints. */
export function writeEndpointFiles(folder: string, endpoints: readonly WorkloadEndpoint[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const wanted = new Map(endpoints.map((endpoint) => [fileName(endpoint), JSON.stringify(content(endpoint))]))
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('k8s ')) continue
    if (!wanted.has(name)) rmSync(join(folder, name), { force: true })
    else if (wanted.get(name) === readFileSync(join(folder, name), 'utf8')) wanted.delete(name)
  }
  for (const [name, text] of wanted) {
    // By rename, because its readers watch the folder.
    writeFileSync(join(folder, `.${name}`), text, { mode: 0o644 })
    renameSync(join(folder, `.${name}`), join(folder, name))
  }
}

/** Orchestrator, workload and interface, each escaped as in a URL's path. */
function fileName({ namespace, pod, podInterface }: WorkloadEndpoint): string {
  return ['k8s', `${namespace}/${pod}`, podInterface].map(encodeURIComponent).join(' ')
}

function content({ interfaceName, mac, addresses }: WorkloadEndpoint): object {
  const nets = (v6: boolean) =>
    addresses.filter((text) => text.includes(':') === v6).map((text) => `${text}/${v6 ? 128 : 32}`)
  return {
    ifaceName: interfaceName,
    ...(mac === undefined ? {} : { mac }),
    ipv4Nets: nets(false),
    ipv6Nets: nets(true),
  }
}
