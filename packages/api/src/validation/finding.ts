import type { ObjectFinding } from '../object-finding.ts'

/** What is wrong, for tools that tell faults apart; the message says it to people. */
export type FindingCode =
  /** The text is not YAML. */
  | 'Syntax'
  | 'DuplicateKey'
  /** A document that is no object with apiVersion and kind. */
  | 'NoObject'
  | 'UnknownKind'
  | 'UnknownApiVersion'
  /** What a tool stores or wrote long ago, and not what users write today. */
  | 'ForeignFormat'
  | 'UnknownField'
  | 'MissingField'
  | 'InvalidValue'
  | 'AmbiguousText'
  /** A whole number that this reader rounds. */
  | 'InexactNumber'
  | 'UncheckedKind'
  /** Right, but nothing acts by it yet. */
  | 'NoEffect'
  | 'DuplicateObject'
  | 'UnknownTier'
  | 'UnknownName'
  | 'OverlappingPools'
  | 'SmallPool'
  | 'MatchesNothing'
  | 'Unreachable'
  | 'IgnoredRules'
  | 'PeerTwice'

export type Severity = 'error' | 'warning'

/** A place in the input; lines and columns count from 1, and columns count UTF-16 units. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** How many columns it spans on its line. */
  readonly width: number
}

/** One thing wrong with a set of documents; the message says what is allowed. */
export interface Finding extends Place, ObjectFinding {
  readonly severity: Severity
  readonly code: FindingCode
  /** From 1, in its file. */
  readonly document: number
  /** From 1, in documents that are lists. */
  readonly item?: number
  /** What was probably meant, to be written instead. */
  readonly suggestion?: string
  /** It is about a Secret: `value` is left out, and its line in the file is not to be shown. */
  readonly secret?: true
  /** Other places that have to do with it. */
  readonly related?: readonly (Place & { readonly message: string })[]
}
