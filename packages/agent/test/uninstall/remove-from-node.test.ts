import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { createNamespace, run, skipReason } from '@manx/testbed'
import { installCni } from '../../src/install/install-cni.ts'
import { removeFiles } from '../../src/uninstall/remove-files.ts'
import { removeFromKernel } from '../../src/uninstall/remove-from-kernel.ts'
import { removeFromNode } from '../../src/uninstall/remove-from-node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'nsenter'] })

;(reason === undefined ? describe : describe.skip)(`the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('keeps nothing of Manx and all of the others', async () => {
    const host = await createNamespace('uninstall')
    const pod = await createNamespace('uninstall-pod')
    try {
      const before = [
        `link add eth0 type veth peer name far netns ${pod.path}`,
        'link set eth0 up',
        'address add 10.1.0.1/24 dev eth0',
        'address add fd01::1/64 dev eth0 nodad',
        'route add default via 10.1.0.254',
        'route add 10.9.0.0/16 via 10.1.0.2 proto bird',
      ]
      await pod.output('ip', ['link', 'set', 'lo', 'up'])
      for (const command of before) await host.output('ip', command.split(' '))
      await host.output('nft', ['add', 'table', 'inet', 'other'])
      const state = async () => {
        const read = async (args: string) => (await host.output('ip', args.split(' '))).replaceAll(/ +\n/g, '\n')
        return [
          await read('-br link'),
          await read('route'),
          await read('-6 route'),
          await host.output('nft', ['list', 'ruleset']),
        ]
      }
      await pod.output('ip', ['link', 'set', 'far', 'up'])
      const untouched = await state()
      for (const index of [1, 2, 3]) {
        const name = `cali${index}`
        await host.output('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `eth${index}`, 'netns', pod.path])
        await host.output('ip', ['link', 'set', name, 'up'])
        await host.output('ip', ['route', 'add', `10.2.0.${index}/32`, 'dev', name, 'proto', '80'])
      }
      const ours = [
        'route add 10.2.1.0/26 via 10.1.0.2 proto 80',
        'route add blackhole 10.2.0.0/26 proto 80',
        '-6 route add fd02::/122 via fd01::2 proto 80',
        '-6 route add blackhole fd03::/122 proto 80',
      ]
      for (const command of ours) await host.output('ip', command.split(' '))
      await host.output('nft', ['add', 'table', 'inet', 'manx'])
      await removeFromKernel({ namespace: host.path, interfacePrefixes: ['cali'] })
      expect(await state()).toEqual(untouched)
      expect((await run('ip', ['link', 'show', 'eth1'], { namespace: pod.path })).code).not.toBe(0)
      await removeFromKernel({ namespace: host.path, interfacePrefixes: ['cali'] })
    } finally {
      await host.remove()
      await pod.remove()
    }
  })
})

describe('the disk', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'manx-uninstall-'))
  const write = (path: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'x')
  }

  test('keeps nothing of Manx and all of the others', () => {
    const root = folder()
    const at = (...parts: readonly string[]) => join(root, ...parts)
    for (const path of ['net.d/10-manx.conflist', 'net.d/20-other.conflist', 'run/attachments/a', 'run/cni/cni.sock']) {
      write(at(path))
    }
    for (const path of ['state/bgp.json', 'image/manx', 'bin/bridge', 'calico/endpoint-status/k8s a eth0'])
      write(at(path))
    installCni({ from: at('image'), to: at('bin'), updateAll: false })
    const options = {
      conflistPath: at('net.d/10-manx.conflist'),
      runFolder: at('run'),
      stateFolder: at('state'),
      cniFolder: at('bin'),
      statusFolder: at('calico/endpoint-status'),
    }
    removeFiles(options)
    expect(readdirSync(root).toSorted()).toEqual(['bin', 'calico', 'image', 'net.d'])
    expect([readdirSync(at('net.d')), readdirSync(at('bin')), readdirSync(at('calico'))]).toEqual([
      ['20-other.conflist'],
      ['bridge'],
      [],
    ])
    removeFiles(options)
    rmSync(root, { recursive: true })
  })

  test('what fails does not keep the rest', async () => {
    const root = folder()
    write(join(root, 'conflist', 'is a folder'))
    write(join(root, 'state', 'bgp.json'))
    const files = {
      conflistPath: join(root, 'absent'),
      runFolder: join(root, 'absent'),
      stateFolder: join(root, 'state'),
      cniFolder: undefined,
      statusFolder: undefined,
    }
    const kernel = { namespace: '/nonexistent', interfacePrefixes: ['cali'] }
    expect(await removeFromNode({ kernel, files, logger: silentLogger })).toBe(false)
    expect(existsSync(join(root, 'state'))).toBe(false)
    rmSync(root, { recursive: true })
  })
})
