import { type Parameter, parameters, type Settings } from './parameters.ts'

/** A value that was refused; the next layer's value is in force instead. */
export interface SettingIssue {
  /** `FelixConfiguration/default` or `environment`. */
  readonly object: string
  readonly field: string
  readonly value: unknown
  readonly allowed: string
}

/** The part of a FelixConfiguration that is read here. */
export interface ConfigurationObject {
  readonly metadata: { readonly name?: string }
  readonly spec?: object
}

export interface SettingLayers {
  /** Every FelixConfiguration that may concern this node. */
  readonly objects: Iterable<ConfigurationObject>
  readonly node: string
  /** Environment of the agent; variables that do not begin with FELIX_ are passed over. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Highest first: environment, the node's own object, the global object, built-in default. */
export function resolveSettings(layers: SettingLayers): {
  readonly settings: Settings
  readonly issues: readonly SettingIssue[]
} {
  const issues: SettingIssue[] = []
  const objects = [...layers.objects]
  const sources = [
    { object: 'environment', values: environmentValues(layers.environment) },
    ...[`node.${layers.node}`, 'default'].map((name) => ({
      object: `FelixConfiguration/${name}`,
      values: specValues(objects.find((object) => object.metadata.name === name)),
    })),
  ]
  const resolve = <T>(field: string, parameter: Parameter<T>): T => {
    for (const { object, values } of sources) {
      const value = values.get(field.toLowerCase())
      if (value === undefined || value === null || value === '' || value === 'none') continue
      const parsed = parameter.parse(value)
      if (parsed !== undefined) return parsed
      issues.push({ object, field, value, allowed: parameter.allowed })
    }
    return parameter.default
  }
  const entries = Object.entries(parameters).map(([field, parameter]) => [
    field,
    resolve<unknown>(field, parameter as Parameter<unknown>),
  ])
  return { settings: Object.fromEntries(entries) as Settings, issues }
}

/** By lower-case name: Calico compares the names of variables without case. */
function environmentValues(environment: SettingLayers['environment']): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  for (const [name, value] of Object.entries(environment)) {
    const found = /^felix_(.+)$/i.exec(name)?.[1]
    if (found !== undefined && value !== undefined) values.set(found.toLowerCase(), value)
  }
  return values
}

const specValues = (object: ConfigurationObject | undefined): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(object?.spec ?? {}).map(([field, value]) => [field.toLowerCase(), value]))

/** What is in force where nothing is configured. */
export const defaultSettings: Settings = resolveSettings({ objects: [], node: '', environment: {} }).settings
