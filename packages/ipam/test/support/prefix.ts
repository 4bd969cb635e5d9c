import { type Prefix, parsePrefix } from '@manx/api'

/** A prefix written in a test; throws for what is none. */
export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text)
  if (parsed === undefined) throw new Error(`${text} is not a prefix`)
  return parsed
}
