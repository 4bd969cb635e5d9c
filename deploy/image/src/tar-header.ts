/** What one entry of a tar says about itself. */
export interface TarHeader {
  /** Without leading slash; a directory ends with `/`. */
  readonly name: string
  readonly type: 'file' | 'directory' | 'link'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes of content that follow; 0 unless a file. */
  readonly size: number
  /** Target of a symbolic link. */
  readonly link?: string
}

export const blockSize = 512
const typeFlags = { file: '0', link: '2', directory: '5' } as const

/** The blocks that announce an entry: ustar, with a PAX record before it for what ustar's fields cannot hold. */
export function tarHeader(header: TarHeader): Buffer {
  const split = splitName(header.name)
  const link = header.link ?? ''
  const records = [
    ...(split === undefined ? [paxRecord('path', header.name)] : []),
    ...(Buffer.byteLength(link) > 100 ? [paxRecord('linkpath', link)] : []),
  ].join('')
  const [prefix, name] = split ?? ['', header.name]
  const block = ustar({ ...header, prefix, name, link, flag: typeFlags[header.type] })
  if (records === '') return block
  const size = Buffer.byteLength(records)
  const pax = { prefix: '', name: 'pax', link: '', flag: 'x', mode: 0o644, uid: 0, gid: 0, size }
  return Buffer.concat([ustar(pax), Buffer.from(records), padding(size), block])
}

/** Zeros up to the next block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}

/** Two zero blocks end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockSize)

interface UstarFields extends Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'size'> {
  readonly prefix: string
  readonly name: string
  readonly link: string
  readonly flag: string
}

/** One block. Modification times are always zero, so that equal input gives equal bytes. */
function ustar({ prefix, name, link, flag, mode, uid, gid, size }: UstarFields): Buffer {
  const block = Buffer.alloc(blockSize)
  const octal = (value: number, offset: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'latin1')
  block.set(field(name, 100), 0)
  octal(mode, 100, 8)
  octal(uid, 108, 8)
  octal(gid, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.write('        ', 148, 'latin1')
  block.write(flag, 156, 'latin1')
  block.set(field(link, 100), 157)
  block.write('ustar\x0000', 257, 'latin1')
  block.set(field(prefix, 155), 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Splits at a slash into a prefix of at most 155 and a name of at most 100 bytes. */
function splitName(name: string): readonly [string, string] | undefined {
  if (Buffer.byteLength(name) <= 100) return ['', name]
  for (let at = name.indexOf('/'); at !== -1 && at < name.length - 1; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)]
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100) return [prefix, rest]
  }
  return undefined
}

/** As much as fits; what a PAX record has in full is cut, maybe inside a character, which nobody reads. */
const field = (text: string, bytes: number) => Buffer.from(text).subarray(0, bytes)

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (String(length).length + rest !== length) length = String(length).length + rest
  return `${length} ${key}=${value}\n`
}
