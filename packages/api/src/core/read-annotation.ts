import type { ObjectMeta } from '../metadata.ts'

interface Annotated {
  readonly annotations?: ObjectMeta['annotations'] | undefined
}

/** An annotation that is set to something; the empty string is how Calico clears one. */
export function readAnnotation({ annotations }: Annotated, name: string): string | undefined {
  const value: unknown = annotations?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value of an annotation that is JSON; undefined when it is not set, null when it is not JSON. */
export function readJsonAnnotation(metadata: Annotated, name: string): unknown {
  const text = readAnnotation(metadata, name)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A list of nothing but texts; undefined for anything else. */
export function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one): one is string => typeof one === 'string') ? value : undefined
}
