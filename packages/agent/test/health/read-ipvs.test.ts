import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, skipReason } from '@manx/testbed'
import { readIpvs } from '../../src/health/read-ipvs.ts'

const header = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`
const service = `TCP  0A600001:01BB rr
  -> 0A410003:1F90      Masq    1      0          0
`

describe('services of IPVS', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'manx-ipvs-'))
    for (const path of ['net', 'sys/net/ipv4/conf/eth0']) mkdirSync(join(folder, path), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('are none in a kernel without it, or that was told of none', () => {
    expect(readIpvs(folder)).toBeUndefined()
    writeFileSync(join(folder, 'net/ip_vs'), header)
    expect(readIpvs(folder)).toBeUndefined()
  })

  test('are found, whoever made them', () => {
    writeFileSync(join(folder, 'net/ip_vs'), header + service.repeat(10_000))
    expect(readIpvs(folder)).toEqual({ reason: expect.stringContaining('/proc/net/ip_vs'), isKubeProxy: false })
  })
})

const reason = skipReason({ root: true, commands: ['ip'] })
const maybe = reason === undefined ? test : test.skip

maybe(`kube-proxy in ipvs mode is known by its interface${reason === undefined ? '' : ` (${reason})`}`, async () => {
  const namespace = await createNamespace('ipvs')
  try {
    const module = new URL('../../src/health/read-ipvs.ts', import.meta.url).href
    const script = `import('${module}').then(({ readIpvs }) => console.log(String(readIpvs()?.isKubeProxy)))`
    const read = async () => (await namespace.output(process.execPath, ['-e', script])).trim()
    expect(await read()).toBe('undefined')
    // Of another type than kube-proxy's, which not every kernel has.
    await namespace.output('ip', ['link', 'add', 'kube-ipvs0', 'type', 'veth', 'peer', 'name', 'other'])
    expect(await read()).toBe('true')
  } finally {
    await namespace.remove()
  }
})
