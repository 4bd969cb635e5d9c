import { printable } from '@manx/api'

/**
 * Lines with nothing in them that moves a terminal's cursor, whoever wrote them. YAML and JSON mean the same as before: they have
 * such characters within quotes alone, where the way in which they are spelled out is theirs.
 */
export function visible(lines: string): string {
  return lines.replaceAll(/[^\P{Cc}\n\t]/gu, printable)
}
