import { type Prefix, parsePrefix } from '@manx/api'

/** How the node's own address is found, as in Calico's IP_AUTODETECTION_METHOD. */
export type DetectionMethod =
  /** The Node object's InternalIP; where it has none of the family, the first found. The default. */
  | { readonly kind: 'internal-ip-or-first-found' }
  | { readonly kind: 'kubernetes-internal-ip' }
  | { readonly kind: 'first-found' }
  /** The source address that the kernel would use towards a destination: an address or a name. */
  | { readonly kind: 'can-reach'; readonly destination: string }
  /** The first address of an interface that matches, in the order of the expressions. */
  | { readonly kind: 'interface'; readonly expressions: readonly RegExp[] }
  | { readonly kind: 'skip-interface'; readonly expressions: readonly RegExp[] }
  | { readonly kind: 'cidr'; readonly prefixes: readonly Prefix[] }

export const allowedMethods =
  'first-found, kubernetes-internal-ip, can-reach=DESTINATION, interface=REGEX,…, skip-interface=REGEX,… or cidr=CIDR,…'

/** Undefined when the text is none of the methods. */
export function parseDetectionMethod(text: string): DetectionMethod | undefined {
  if (text === 'first-found' || text === 'kubernetes-internal-ip') return { kind: text }
  const [, name, value = ''] = /^([a-z-]+)=(.+)$/.exec(text) ?? []
  const items = value.split(',').map((item) => item.trim())
  if (name === 'can-reach') return { kind: name, destination: value.trim() }
  if (name === 'interface' || name === 'skip-interface') {
    const expressions = items.map(expression)
    return expressions.every((item) => item !== undefined) ? { kind: name, expressions } : undefined
  }
  if (name === 'cidr') {
    const prefixes = items.map((item) => parsePrefix(item))
    return prefixes.every((item) => item !== undefined) ? { kind: name, prefixes } : undefined
  }
  return undefined
}

function expression(text: string): RegExp | undefined {
  try {
    return text === '' ? undefined : new RegExp(text)
  } catch {
    return undefined
  }
}
