/** Text of somebody else on one line: what would move a terminal's cursor, or begin a line of its own, is spelled out. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
