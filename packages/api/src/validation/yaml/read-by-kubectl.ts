/** YAML 1.1, which kubectl reads, has more words for true and false. */
const booleans = /^(y|Y|yes|Yes|YES|on|On|ON)$|^(n|N|no|No|NO|off|Off|OFF)$/

/** What kubectl may read as a number beyond both versions of YAML: Go's prefixes in capitals, and `_` anywhere. */
export const kubectlNumber: RegExp =
  /^[-+]?(_*0_*[bBoOxX][-+\da-fA-F_]+|(?=[._]*\d)\d?[\d_]*(\.[\d_]*)?([eE]_*[-+]?[\d_]+)?)$/

const integer = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9]\d*))$/
/** What begins with a point has `_` between digits only, all else anywhere. */
const point = /^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/
const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/

/**
 * What kubectl takes a text without quotes for when that is a number, true or false by rules of YAML 1.1 and of Go; undefined for
 * all else, also for `true` and `false` themselves.
 */
export function readByKubectl(text: string): number | boolean | undefined {
  const [, yes, no] = booleans.exec(text) ?? []
  if (yes !== undefined || no !== undefined) return yes !== undefined
  if (!(text.startsWith('.') ? point : /^[-+\d]/).test(text)) return undefined
  // A sign behind the prefix is read, too.
  const plain = text.replaceAll('_', '').replace(/^0b([-+])/, '$10b')
  const number = readInteger(plain) ?? (float.test(plain) ? Number(plain) : undefined)
  return Number.isFinite(number) ? number : undefined
}

/** Of 64 bits, with the prefixes of Go; a 0 alone is one for octal numbers. */
function readInteger(text: string): number | undefined {
  const [found, sign, hexadecimal, octal, binary, decimal] = integer.exec(text) ?? []
  if (found === undefined) return undefined
  const digits = [
    [hexadecimal, '0x'],
    [octal, '0o'],
    [binary, '0b'],
    [decimal, ''],
  ].find(([one]) => one !== undefined)
  const number = BigInt(`${digits?.[1] ?? ''}${digits?.[0] ?? ''}`)
  const most = sign === '-' ? 2n ** 63n : sign === '+' ? 2n ** 63n - 1n : 2n ** 64n - 1n
  if (number > most) return undefined
  return sign === '-' ? -Number(number) : Number(number)
}
