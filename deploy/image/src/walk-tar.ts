import type { FileHandle } from 'node:fs/promises'
import { ImageError } from './image-error.ts'
import { blockSize, type TarHeader } from './tar-header.ts'

export interface TarMember extends TarHeader {
  /** Where its content starts in the file. */
  readonly offset: number
}

const types: Readonly<Record<string, TarHeader['type']>> = { '0': 'file', '\0': 'file', '2': 'link', '5': 'directory' }

/** Goes through the entries of a tar that lies in a file at `start`, without reading their content. */
export async function* walkTar(file: FileHandle, start = 0): AsyncGenerator<TarMember> {
  const block = Buffer.alloc(blockSize)
  const text = (from: number, length: number) => {
    const end = block.indexOf(0, from)
    return block.toString('utf8', from, end === -1 ? from + length : Math.min(end, from + length))
  }
  const octal = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8)
  let pax: PaxRecords = {}
  for (let offset = start; ; ) {
    const { bytesRead } = await file.read(block, 0, blockSize, offset)
    if (bytesRead < blockSize) throw new ImageError('Corrupt', `the tar ends without its end mark at byte ${offset}`)
    if (block.every((byte) => byte === 0)) return
    const size = octal(124, 12)
    const flag = block.toString('latin1', 156, 157)
    const content = offset + blockSize
    offset = content + Math.ceil(size / blockSize) * blockSize
    if (flag === 'x') {
      const records = Buffer.alloc(size)
      await file.read(records, 0, size, content)
      pax = readPax(records)
      continue
    }
    const type = types[flag]
    if (type === undefined) throw new ImageError('Corrupt', `the tar has an entry of type ${JSON.stringify(flag)}`)
    const prefix = text(345, 155)
    const name = pax.path ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`)
    const link = type === 'link' ? { link: pax.linkpath ?? text(157, 100) } : {}
    yield { name, type, mode: octal(100, 8), uid: octal(108, 8), gid: octal(116, 8), size, offset: content, ...link }
    pax = {}
  }
}

/** What a PAX header may say that concerns us. */
interface PaxRecords {
  readonly path?: string
  readonly linkpath?: string
}

function readPax(records: Buffer): PaxRecords {
  const found: Record<string, string> = {}
  for (let at = 0; at < records.length; ) {
    const length = Number.parseInt(records.toString('latin1', at, records.indexOf(0x20, at)), 10)
    if (!(length > 0)) throw new ImageError('Corrupt', 'the tar has a PAX record without a length')
    const [, key = '', value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(records.toString('utf8', at, at + length)) ?? []
    found[key] = value
    at += length
  }
  return found
}
