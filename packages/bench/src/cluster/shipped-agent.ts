import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

const manifestPath = fileURLToPath(new URL('../../../../deploy/base/agent.yaml', import.meta.url))

/** How the DaemonSet runs the agent's Node: what is measured is what ships. */
export interface ShippedNode {
  readonly flags: readonly string[]
  /** Variables that Node and the C library read. Paths are those of the container. */
  readonly environment: Readonly<Record<string, string>>
}

/** The part of a manifest that is read here. */
interface Workload {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } }
}

interface Container {
  readonly command?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

const bundle = '/opt/manx/agent.cjs'
const ofNode = /^(NODE_(?!NAME)|MALLOC_|UV_)/

export function shippedNode(manifest: string = readFileSync(manifestPath, 'utf8')): ShippedNode {
  const workloads = parseAllDocuments(manifest).map((document): Workload | null => document.toJS())
  const containers = workloads.flatMap((workload) => workload?.spec?.template?.spec?.containers ?? [])
  // With arguments behind the bundle, it is another program.
  const agent = containers.find(({ command }) => command?.at(-1) === bundle)
  if (agent === undefined) throw new Error(`${manifestPath} does not say how the agent is run`)
  const variables = (agent.env ?? []).filter(({ name, value }) => ofNode.test(name) && value !== undefined)
  return {
    flags: agent.command?.slice(1, -1) ?? [],
    environment: Object.fromEntries(variables.map(({ name, value = '' }) => [name, value])),
  }
}
