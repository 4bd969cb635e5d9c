import { createHash } from 'node:crypto'

/** The identity of a selector, Calico's: `s:` and the SHA-224 of the canonical text in base64url. */
export function selectorId(canonical: string): string {
  return `s:${createHash('sha224').update(canonical).digest('base64url')}`
}
