import { describe, expect, test } from '@jest/globals'
import { elfNeeds, parseElf } from '../src/elf.ts'
import { libraryClosure } from '../src/library-closure.ts'

describe('elfNeeds', () => {
  test('reads the needs of the Node that runs this', async () => {
    const { interpreter, libraries } = await elfNeeds(process.execPath)
    expect(interpreter).toMatch(/ld-linux/)
    expect(libraries).toEqual(expect.arrayContaining(['libc.so.6', 'libstdc++.so.6', 'libm.so.6']))
  })

  for (const [name, bytes] of [
    ['a script', Buffer.from(`#!/bin/sh\n${' '.repeat(100)}`)],
    ['a short file', Buffer.from('\x7fELF', 'latin1')],
    ['a 32-bit program', Buffer.concat([Buffer.from('\x7fELF\x01\x01', 'latin1'), Buffer.alloc(100)])],
  ] as const) {
    test(`refuses ${name}`, () => expect(() => parseElf(bytes, '/x')).toThrow('/x is not a 64-bit'))
  }
})

describe('libraryClosure', () => {
  test('is complete: every library that a member needs is a member', async () => {
    const entries = await libraryClosure([process.execPath])
    const names = new Set(entries.map(({ path }) => path.split('/').at(-1)))
    for (const entry of entries) {
      if (!('source' in entry)) continue
      for (const library of (await elfNeeds(entry.source)).libraries) expect(names).toContain(library)
    }
    const { interpreter } = await elfNeeds(process.execPath)
    expect(entries.map(({ path }) => path)).toContain(interpreter)
  })

  test('names what is missing', async () => {
    await expect(libraryClosure([process.execPath], '/proc/self/fd')).rejects.toMatchObject({ code: 'Missing' })
  })
})
