import { type AnyKind, apiVersionOf } from '../../src/index.ts'

/** Why an object that the client refuses is accepted by the API server. */
export type Reason = keyof typeof reasons

export const reasons = {
  selectors: 'the API server cannot read selectors',
  portText: 'the API server takes the text of a port for as long as a request: rules that take it apart cost too much',
  nested: 'rules for lists in lists in lists cost more than the API server allows',
  names: 'to look up each of 25,000 names among 500 costs more than the API server allows',
  blocks: 'only agents and controllers write these; rules for each of the addresses cost too much',
  formats: 'the API server lets a list pass for a text that has a format',
  patterns: 'regular expressions of the API server are not those of JavaScript',
} as const

/** One object and whether it is right; `wrong` says where and what is allowed, as the client puts it. */
export interface Row {
  readonly kind: AnyKind
  readonly name: string
  readonly spec: unknown
  readonly wrong?: string
  readonly onlyClient?: Reason
}

export interface RowOptions {
  readonly name?: string
  readonly onlyClient?: Reason
}

const nameOf = (kind: AnyKind) =>
  kind.name?.pattern.includes('default') && !kind.name.pattern.includes('knp')
    ? 'default'
    : kind.kind === 'FelixConfiguration'
      ? 'default'
      : 'x'

/** An object that both accept. */
export const right = (kind: AnyKind, spec: unknown, options: RowOptions = {}): Row => ({
  kind,
  name: options.name ?? nameOf(kind),
  spec,
})

/** An object that both refuse, unless a reason says that the API server cannot. */
export const wrong = (kind: AnyKind, spec: unknown, message: string, options: RowOptions = {}): Row => ({
  ...right(kind, spec, options),
  wrong: message,
  ...(options.onlyClient === undefined ? {} : { onlyClient: options.onlyClient }),
})

export const objectOf = ({ kind, name, spec }: Row) => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, ...(kind.scope === 'Namespaced' ? { namespace: 'default' } : {}) },
  spec,
})
