import type { Issue } from '../../kind.ts'
import { fillDefaults } from '../../schema/defaults.ts'
import type { ObjectNode } from '../../schema/schema.ts'
import { parseSelector } from '../../selectors/selector.ts'
import { type CompleteFelixConfigurationSpec, FelixConfiguration } from '../felix-configuration.ts'
import { nodeOfConfiguration } from '../names.ts'
import { readFelixEnvironment } from './environment.ts'

export interface FelixSources {
  readonly node: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly configurations: Iterable<FelixConfiguration>
  /** FELIX_… variables count before all objects. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface EffectiveFelixConfiguration {
  readonly spec: CompleteFelixConfigurationSpec
  /** Variables that were not understood, and so do not count. */
  readonly issues: readonly Issue[]
}

/**
 * What counts on one node, all defaults included: environment, then `node.NAME`, then the oldest object that selects the
 * node, then `default`, then the built-in value; field by field.
 */
export function effectiveFelixConfiguration(sources: FelixSources): EffectiveFelixConfiguration {
  const { node, environment = {} } = sources
  const configurations = [...sources.configurations]
  const byName = (name: string) => configurations.find(({ metadata }) => metadata.name === name)?.spec
  const [selected] = configurations.filter((one) => selects(one, node.labels)).sort(olderFirst)
  const { node: schema } = FelixConfiguration.spec
  if (schema.type !== 'object') throw new Error('FelixConfiguration must have an object as its spec')
  const fromEnvironment = readFelixEnvironment(schema, environment)
  const special = [selected?.spec, byName(`node.${node.name}`)].map((spec) => withoutStored(schema, spec ?? {}))
  // Which nodes it is for is no setting of theirs.
  const { nodeSelector: _, ...merged } = merge([byName('default') ?? {}, ...special, fromEnvironment.spec])
  return { spec: fillDefaults(schema, merged) as CompleteFelixConfigurationSpec, issues: fromEnvironment.issues }
}

/** Two spellings of one setting: the more special object's counts, whichever it has. */
const spellings = ['routeTableRange', 'routeTableRanges']

function merge(specs: readonly object[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {}
  for (const spec of specs) {
    if (spellings.some((field) => field in spec)) for (const field of spellings) delete merged[field]
    Object.assign(merged, spec)
  }
  return merged
}

/** What the API server stored in an absent field by itself must not hide what the more general object says. */
function withoutStored(schema: ObjectNode, spec: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(spec).filter(([field, value]) => {
      const stored = schema.properties[field]?.default
      return stored === undefined || stored !== value
    }),
  )
}

function selects({ metadata, spec }: FelixConfiguration, labels: Readonly<Record<string, string>>): boolean {
  const named = metadata.name === 'default' || nodeOfConfiguration(metadata.name) !== undefined
  return !named && spec.nodeSelector !== undefined && parseSelector(spec.nodeSelector).matches(labels)
}

function olderFirst(a: FelixConfiguration, b: FelixConfiguration): number {
  const age = (one: FelixConfiguration) => Date.parse(one.metadata.creationTimestamp ?? '') || 0
  return age(a) - age(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
}
