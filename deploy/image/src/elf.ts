import { readFile } from 'node:fs/promises'
import { ImageError } from './image-error.ts'

/** What a program or shared library wants from the system. */
export interface ElfNeeds {
  /** Path of the loader; undefined for libraries and static programs. */
  readonly interpreter?: string
  /** Names of shared libraries (DT_NEEDED). */
  readonly libraries: readonly string[]
}

const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const DT_NEEDED = 1n
const DT_STRTAB = 5n

/** Reads the needs of a 64-bit little-endian ELF file. */
export async function elfNeeds(path: string): Promise<ElfNeeds> {
  return parseElf(await readFile(path), path)
}

/** `path` is for the error's words only. */
export function parseElf(file: Buffer, path: string): ElfNeeds {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new ImageError('Invalid', `${path} is not a 64-bit little-endian ELF file`)
  }
  const segments = readSegments(file)
  const text = (offset: number) => file.toString('utf8', offset, file.indexOf(0, offset))
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  const entries = dynamic === undefined ? [] : readDynamic(file, dynamic)
  const strings = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0n
  // The string table is given by the address where it will be loaded, not by its place in the file.
  const loaded = segments.find(
    ({ type, address, size }) => type === PT_LOAD && strings >= address && strings < address + BigInt(size),
  )
  const base = loaded === undefined ? 0 : Number(strings - loaded.address) + loaded.offset
  const libraries = entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => text(base + Number(value)))
  return interpreter === undefined ? { libraries } : { interpreter: text(interpreter.offset), libraries }
}

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: bigint
  readonly size: number
}

function readSegments(file: Buffer): readonly Segment[] {
  const table = Number(file.readBigUInt64LE(32))
  const entrySize = file.readUInt16LE(54)
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = table + index * entrySize
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: file.readBigUInt64LE(at + 16),
      size: Number(file.readBigUInt64LE(at + 32)),
    }
  })
}

function readDynamic(file: Buffer, { offset, size }: Segment): readonly { tag: bigint; value: bigint }[] {
  return Array.from({ length: Math.floor(size / 16) }, (_, index) => ({
    tag: file.readBigUInt64LE(offset + index * 16),
    value: file.readBigUInt64LE(offset + index * 16 + 8),
  }))
}
