import { kubectlNumber } from '@manx/api'
import { type ScalarTag, Schema, stringify } from 'yaml'

/**
 * A value as YAML, without a line end. kubectl reads YAML 1.1, other tools read 1.2: texts that either takes for something else
 * are in quotes.
 */
export function formatYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, compat }).replace(/\n$/, '')
}

/** As a key it merges. */
const mergeKey = /^<<$/

const notText = (test: RegExp): ScalarTag => ({ tag: 'tag:yaml.org,2002:value', default: true, test, resolve: String })
const compat = [...new Schema({ schema: 'yaml-1.1' }).tags, notText(kubectlNumber), notText(mergeKey)]
