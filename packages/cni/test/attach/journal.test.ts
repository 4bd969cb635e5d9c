import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import type { Attachment } from '../../src/attach/attachment.ts'
import { openJournal } from '../../src/attach/journal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function attachment(containerId: string, createdAt = 1): Attachment {
  const endpoint = { namespace: 'a', pod: 'b', node: 'n', containerId, podInterface: 'eth0', interfaceName: 'cali1' }
  return {
    containerId,
    interfaceName: 'eth0',
    network: 'net',
    handle: `net.${containerId}`,
    state: 'ready',
    createdAt,
    endpoint: { ...endpoint, addresses: ['10.0.0.1'] },
  }
}

describe('the journal', () => {
  test('remembers over a restart', () => {
    const journal = openJournal(folder, silentLogger)
    journal.write(attachment('one'))
    journal.write(attachment('two'))
    journal.remove(attachment('two'))
    expect(openJournal(folder, silentLogger).list()).toEqual([attachment('one')])
  })

  test('is for its owner alone', () => {
    openJournal(folder, silentLogger).write(attachment('one'))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'one@eth0.json')).mode & 0o777).toBe(0o600)
  })

  test('skips what it cannot read, names it, and lets DEL remove it', () => {
    writeFileSync(join(folder, 'half@eth0.json'), '{"containerId":"half"')
    writeFileSync(join(folder, 'other@eth0.json'), JSON.stringify(attachment('one')))
    writeFileSync(join(folder, '.new-crashed@eth0'), '{')
    const journal = openJournal(folder, silentLogger)
    expect(journal.list()).toEqual([])
    expect(new Set(journal.corrupted)).toEqual(
      new Set([join(folder, 'half@eth0.json'), join(folder, 'other@eth0.json')]),
    )
    journal.remove({ containerId: 'half', interfaceName: 'eth0' })
    expect(readdirSync(folder)).toEqual(['other@eth0.json'])
    expect(journal.corrupted).toEqual([join(folder, 'other@eth0.json')])
    expect(journal.hasCorruptedBeside({ containerId: 'half', interfaceName: 'eth0' })).toBe(true)
    expect(journal.hasCorruptedBeside({ containerId: 'other', interfaceName: 'eth0' })).toBe(false)
  })

  test('the newest attachment owns the host interface', () => {
    const journal = openJournal(folder, silentLogger)
    journal.write(attachment('new', 20))
    journal.write(attachment('old', 10))
    expect(journal.ownerOf('cali1')?.containerId).toBe('new')
    expect(journal.ownerOf('cali2')).toBeUndefined()
  })

  test('an interface name cannot leave the folder', () => {
    const journal = openJournal(folder, silentLogger)
    journal.write({ ...attachment('one'), interfaceName: '../../x' })
    expect(readdirSync(folder)).toEqual(['one@..%2F..%2Fx.json'])
  })
})
