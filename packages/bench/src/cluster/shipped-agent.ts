import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const manifestPath = fileURLToPath(new URL('../../../../deploy/base/agent.yaml', import.meta.url))

/** How the DaemonSet runs the agent's Node: what is measured is what ships. */
export interface ShippedNode {
  readonly flags: readonly string[]
  /** Variables that Node and the C library read. Paths are those of the container. */
  readonly environment: Readonly<Record<string, string>>
}

export function shippedNode(manifest: string = readFileSync(manifestPath, 'utf8')): ShippedNode {
  const [, command] = /command: \[\s*\/opt\/manx\/bin\/node,([^\]]*?)\/opt\/manx\/agent\.cjs\s*\]/.exec(manifest) ?? []
  if (command === undefined) throw new Error(`${manifestPath} does not say how the agent is run`)
  const flags = command
    .split(',')
    .map((flag) => flag.trim().replace(/^"(.*)"$/, '$1'))
    .filter((flag) => flag !== '')
  const variables = manifest.matchAll(/- name: ((?:NODE|MALLOC|UV)_\w+)\s+value: (\S+)/g)
  return {
    flags,
    environment: Object.fromEntries(
      [...variables].map(([, name = '', value = '']) => [name, value.replace(/^"(.*)"$/, '$1')]),
    ),
  }
}
