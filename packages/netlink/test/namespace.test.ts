import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import {
  currentNamespaceInode,
  inNamespace,
  namespaceInode,
  readSysctl,
  writeSysctl,
  writeSysctls,
} from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip
const root = '/proc/sys/net'

suite(`network namespaces${reason === undefined ? '' : `: ${reason}`}`, () => {
  let pod: Namespace

  beforeAll(async () => {
    pod = await createNamespace('nlns')
    await pod.output('ip', ['link', 'add', 'v.0', 'type', 'veth', 'peer', 'name', 'v1'])
  })

  afterAll(() => pod.remove())

  test('the function runs in the namespace, and the thread comes back', () => {
    const own = currentNamespaceInode()
    expect(inNamespace(pod.path, () => currentNamespaceInode())).toBe(namespaceInode(pod.path))
    expect(namespaceInode(pod.path)).not.toBe(own)
    expect(currentNamespaceInode()).toBe(own)
  })

  test('the thread comes back from a function that throws', () => {
    const own = currentNamespaceInode()
    expect(() =>
      inNamespace(pod.path, () => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect(currentNamespaceInode()).toBe(own)
  })

  test('windows can be nested', () => {
    const own = currentNamespaceInode()
    const inner = inNamespace(pod.path, () => inNamespace(`/proc/${process.pid}/ns/net`, () => currentNamespaceInode()))
    expect(inner).toBe(namespaceInode(pod.path))
    expect(currentNamespaceInode()).toBe(own)
  })

  test('an asynchronous function is refused', () => {
    const asynchronous = (async () => undefined) as unknown as () => undefined
    expect(() => inNamespace(pod.path, asynchronous)).toThrow('was given an asynchronous function')
  })

  test('a path that is no namespace is named', () => {
    expect(() => inNamespace('/run/netns/mt-none', () => undefined)).toThrow(
      'ENOENT: open namespace /run/netns/mt-none',
    )
    expect(() => inNamespace('/etc/hostname', () => undefined)).toThrow('EINVAL: setns /etc/hostname')
  })

  // Each in a process of its own: the pool of this one is warm.
  const poolNamespaces = (enter: string) => {
    const script = `
      import { readlink } from 'node:fs/promises'
      import { inNamespace, currentNamespaceInode } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      import { openNamespace, setNetworkNamespace } from ${JSON.stringify(new URL('../src/syscalls.ts', import.meta.url).href)}
      import { stat } from 'node:fs'
      ${enter}
      const seen = await Promise.all(Array.from({ length: 16 }, () => readlink('/proc/thread-self/ns/net')))
      console.log(JSON.stringify([...new Set(seen)]))
    `
    const text = execFileSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', script],
      { encoding: 'utf8' },
    )
    return JSON.parse(text) as string[]
  }

  test('the thread pool stays outside even when it is used first inside a window', () => {
    const enter = `inNamespace(${JSON.stringify(pod.path)}, () => stat('/', () => undefined))`
    expect(poolNamespaces(enter)).toEqual([`net:[${currentNamespaceInode()}]`])
  })

  test('without warming it would leak: the trap is real', () => {
    const enter = `
      const home = openNamespace('/proc/thread-self/ns/net')
      setNetworkNamespace(openNamespace(${JSON.stringify(pod.path)}), 'pod')
      stat('/', () => undefined)
      setNetworkNamespace(home, 'home')`
    expect(poolNamespaces(enter)).toContain(`net:[${namespaceInode(pod.path)}]`)
  })

  test('sysctls are read and written in the namespace that is meant', async () => {
    const name = 'ipv4/conf/v.0/proxy_arp'
    writeSysctl(root, name, 1, { namespace: pod.path })
    expect(readSysctl(root, name, { namespace: pod.path })).toBe('1')
    expect(await pod.output('cat', [`/proc/sys/net/${name}`])).toBe('1\n')
    expect(readSysctl(root, name)).toBeUndefined()
    writeSysctls(root, { 'ipv4/conf/v.0/rp_filter': 2, 'ipv6/conf/v.0/disable_ipv6': '1' }, { namespace: pod.path })
    expect(readSysctl(root, 'ipv4/conf/v.0/rp_filter', { namespace: pod.path })).toBe('2')
    expect(readFileSync('/proc/sys/net/ipv4/conf/lo/rp_filter', 'utf8').trim()).toBe(
      readSysctl(root, 'ipv4/conf/lo/rp_filter'),
    )
  })

  test('errors of sysctls name the file, the value and the reason', () => {
    const write = (name: string, value: string) => () => writeSysctl(root, name, value, { namespace: pod.path })
    expect(write('ipv4/conf/none/rp_filter', '1')).toThrow(
      'ENOENT: write "1" to /proc/sys/net/ipv4/conf/none/rp_filter',
    )
    expect(write('ipv4/conf/v.0/rp_filter', 'much')).toThrow(
      /^EINVAL: write "much" \(was \d\) to \/proc\/sys\/net\/ipv4\/conf\/v\.0\/rp_filter$/,
    )
    expect(write('../kernel/hostname', 'x')).toThrow('EINVAL: not a sysctl name')
    expect(write('ipv4//x', 'x')).toThrow('EINVAL: not a sysctl name')
  })
})
