import type { ObjectFinding } from '../object-finding.ts'
import { printable } from '../printable.ts'

/** What happened to a part of the input, for tools; the message says it to people. */
export type ConversionCode =
  /** The text, or what is in it, is nothing that could be an object. */
  | 'NotReadable'
  | 'UnknownKind'
  | 'UnknownField'
  /** Tunnels, which Manx does not have. */
  | 'Encapsulation'
  /** The object would be refused; the message says why. */
  | 'Invalid'
  /** There is another object of this name. */
  | 'Duplicate'
  /** Calico shows it as an object, but it follows from others. */
  | 'NotStored'
  | 'Renamed'
  /** Said in another way. */
  | 'Rewritten'
  /** Metadata or status that only the cluster that it came from has a use for. */
  | 'LeftOut'
  /** It is in the output, but nothing acts by it yet. */
  | 'NoEffect'

/** One thing that is not in the output as it was in the input; the message says what became of it, or what to do instead. */
export interface ConversionFinding extends ObjectFinding {
  /** `lost`: somebody has to do something about it. `changed`: it means the same. */
  readonly effect: 'lost' | 'changed'
  readonly code: ConversionCode
  /** Where in the input: `export.yaml, document 2, item 1`. */
  readonly place: string
}

/** Notes a finding about one object. */
export type Report = (
  effect: ConversionFinding['effect'],
  code: ConversionCode,
  path: string,
  value: unknown,
  message: string,
) => void

/** One line for a person: `pools.yaml, document 1 (IPPool main): spec.ipipMode must be …, not "Always"`. */
export function describeConversionFinding(finding: ConversionFinding): string {
  const { place, kind, namespace, name, path, value, message } = finding
  const title = [kind, namespace === undefined ? name : `${namespace}/${name ?? ''}`].filter(
    (part) => part !== undefined,
  )
  const subject = title.length === 0 ? place : `${place} (${title.join(' ')})`
  const shown = value === undefined || path === '' ? '' : `, not ${show(value)}`
  return printable(`${subject}: ${path === '' ? '' : `${path} `}${message}${shown}`)
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
