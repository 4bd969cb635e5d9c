import { isObject } from '../schema/validate.ts'
import type { Finding } from './finding.ts'

/** Whether a document, or an item of it, is a Secret. */
export function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret)
  if (!isObject(value)) return false
  const { kind, items } = value
  return (
    (typeof kind === 'string' && /^secret(list)?$/i.test(kind)) || (Array.isArray(items) && items.some(holdsSecret))
  )
}

/** The same of a text that is not read well enough to know. */
export function mayHoldSecret(text: string): boolean {
  return /\bkind["']?\s*:[^\n]{0,40}\bsecret(list)?\b/i.test(text)
}

/** The finding with where and what is wrong, and without what is there: of a Secret only what names it is told. */
export function withhold(finding: Finding): Finding {
  if (/^(apiVersion|kind|metadata\.(?!annotations))/.test(finding.path)) return { ...finding, secret: true }
  const { value: _, suggestion: __, ...rest } = finding
  return { ...rest, message: messageOf(finding), secret: true }
}

function messageOf({ code, message }: Finding): string {
  if (code === 'Syntax') return 'is not YAML that can be read'
  if (code === 'AmbiguousText') return 'is read as something else by kubectl: write it in quotes'
  if (code === 'InexactNumber') return 'has more digits than manxctl can write'
  // What to write instead has in it what is there.
  return message.replace(/: write .*$/s, '')
}
