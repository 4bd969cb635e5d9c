import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, type Daemon, eventually, type Namespace, skipReason } from '@manx/testbed'
import { type ConntrackSocket, openConntrackSocket } from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'conntrack'] })
const suite = reason === undefined ? describe : describe.skip

/** Connects to itself for each `source>destination` among its arguments, keeps the connections, and says so. */
const script = `
const net = require('net')
const server = net.createServer(socket => socket.resume()).listen(8080, '::', async () => {
  for (const pair of process.argv.slice(1)) {
    const [localAddress, host] = pair.split('>')
    await new Promise((done, fail) => net.connect({ localAddress, host, port: 8080 }).on('connect', done).on('error', fail))
  }
  console.log('ready')
})
`
const rules = `
table inet track {
  chain established { type filter hook input priority 0; ct state established accept; }
  chain services { type nat hook output priority -100; ip daddr 10.96.0.1 dnat ip to 10.9.0.7; }
}
`

suite(`conntrack${reason === undefined ? '' : ` (${reason})`}`, () => {
  let namespace: Namespace
  let socket: ConntrackSocket

  beforeAll(async () => {
    namespace = await createNamespace('ct')
    const addresses = [...Array.from({ length: 20 }, (_, i) => `10.9.0.${i + 1}/32`), 'fd00:9::1/128', 'fd00:9::2/128']
    const lines = [
      'link set lo up',
      ...addresses.map((each) => `address add ${each} dev lo`),
      'route add default dev lo',
    ]
    await namespace.output('ip', ['-batch', '-'], { input: lines.join('\n') })
    await namespace.output('nft', ['-f', '-'], { input: rules })
    socket = openConntrackSocket({ namespace: namespace.path })
  })
  afterAll(async () => {
    socket.close()
    await namespace.remove()
  })
  beforeEach(async () => {
    await namespace.output('conntrack', ['-F'])
  })

  /** What the kernel tracks, as `source>destination, reply source`. */
  const flows = async (): Promise<string[]> => {
    const lists = await Promise.all(
      ['ipv4', 'ipv6'].map((family) => namespace.output('conntrack', ['-L', '-p', 'tcp', '-f', family])),
    )
    const lines = lists
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('tcp'))
    return lines
      .map((line) => {
        const [, source, destination, replySource] = /src=(\S+) dst=(\S+).*? src=(\S+)/.exec(line) ?? []
        return `${source}>${destination}, ${replySource}`
      })
      .sort((a, b) => (a < b ? -1 : 1))
  }
  const open = async (...pairs: readonly string[]): Promise<Daemon> => {
    const daemon = await namespace.start(process.execPath, ['-e', script, ...pairs])
    await eventually(() => expect(daemon.log()).toBe('ready\n'))
    return daemon
  }

  test('entries go by original source and by the source of the answers, and others stay', async () => {
    const daemon = await open(
      '10.9.0.1>10.9.0.2',
      '10.9.0.2>10.9.0.1',
      '10.9.0.1>10.96.0.1',
      '10.9.0.3>10.9.0.2',
      'fd00:9::1>fd00:9::2',
    )
    const all = await flows()
    expect(all).toEqual([
      '10.9.0.1>10.9.0.2, 10.9.0.2',
      '10.9.0.1>10.96.0.1, 10.9.0.7',
      '10.9.0.2>10.9.0.1, 10.9.0.1',
      '10.9.0.3>10.9.0.2, 10.9.0.2',
      'fd00:9::1>fd00:9::2, fd00:9::2',
    ])
    expect(await socket.deleteBySource(['10.9.0.99', 'fd00:9::99', '10.96.0.1'])).toBe(0)
    expect(await flows()).toEqual(all)
    expect(await socket.deleteBySource(['10.9.0.7'])).toBe(1)
    expect(await flows()).toEqual(all.filter((flow) => !flow.includes('10.9.0.7')))
    expect(await socket.deleteBySource(['10.9.0.1', '10.9.0.1'])).toBe(2)
    expect(await flows()).toEqual(['10.9.0.3>10.9.0.2, 10.9.0.2', 'fd00:9::1>fd00:9::2, fd00:9::2'])
    expect(await socket.deleteBySource(['fd00:9:0::2'])).toBe(1)
    expect(await flows()).toEqual(['10.9.0.3>10.9.0.2, 10.9.0.2'])
    await daemon.stop('SIGKILL')
  })

  test.each([1, 19])('%i addresses at once, with more flows than one datagram or send has', async (count) => {
    const gone = Array.from({ length: count }, (_, i) => `10.9.0.${i + 1}`)
    const pairs = Array.from({ length: 500 }, (_, i) => `${gone[i % count]}>127.0.0.1`)
    const daemon = await open(...pairs, '10.9.0.20>127.0.0.1')
    expect(await flows()).toHaveLength(501)
    expect(await socket.deleteBySource(gone)).toBe(500)
    expect(await flows()).toEqual(['10.9.0.20>127.0.0.1, 127.0.0.1'])
    await daemon.stop('SIGKILL')
  })

  test('entries of another zone go as well', async () => {
    const flow = [
      '-s',
      '10.9.0.5',
      '-d',
      '10.9.0.6',
      '-p',
      'udp',
      '--sport',
      '5',
      '--dport',
      '6',
      '-t',
      '60',
      '-w',
      '7',
    ]
    await namespace.output('conntrack', ['-I', ...flow])
    expect(await namespace.output('conntrack', ['-L', '-w', '7'])).toContain('src=10.9.0.5')
    expect(await socket.deleteBySource(['10.9.0.5'])).toBe(1)
    expect(await namespace.output('conntrack', ['-L', '-w', '7'])).toBe('')
  })

  const insert = async (...options: readonly string[]) =>
    await namespace.output('conntrack', ['-I', '-t', '60', ...options])

  test('entries come with both directions, protocol state, and mark, as the conntrack tool shows them', async () => {
    const daemon = await open('10.9.0.1>10.96.0.1', 'fd00:9::1>fd00:9::2')
    const udp = ['-p', 'udp', '-s', '10.9.0.3', '-d', '10.9.0.4', '--sport', '53', '--dport', '54', '-m', '7']
    await insert(...udp)
    const echo = ['-p', 'icmp', '-s', '10.9.0.5', '-d', '10.9.0.6']
    await insert(...echo, '--icmp-type', '8', '--icmp-code', '0', '--icmp-id', '99')
    const found = await socket.entries({ addresses: ['10.9.0.7', 'fd00:9::1', '10.9.0.3', '10.9.0.5', '10.9.0.99'] })
    const byProtocol = found.map(({ identity: _, status: __, ...entry }) => entry)
    const port = expect.any(Number)
    expect(byProtocol).toHaveLength(4)
    expect(byProtocol).toEqual(
      expect.arrayContaining([
        {
          family: 4,
          state: 'established',
          mark: 0,
          original: {
            source: '10.9.0.1',
            destination: '10.96.0.1',
            protocol: 6,
            sourcePort: port,
            destinationPort: 8080,
          },
          reply: { source: '10.9.0.7', destination: '10.9.0.1', protocol: 6, sourcePort: 8080, destinationPort: port },
        },
        {
          family: 6,
          state: 'established',
          mark: 0,
          original: {
            source: 'fd00:9::1',
            destination: 'fd00:9::2',
            protocol: 6,
            sourcePort: port,
            destinationPort: 8080,
          },
          reply: {
            source: 'fd00:9::2',
            destination: 'fd00:9::1',
            protocol: 6,
            sourcePort: 8080,
            destinationPort: port,
          },
        },
        {
          family: 4,
          mark: 7,
          original: { source: '10.9.0.3', destination: '10.9.0.4', protocol: 17, sourcePort: 53, destinationPort: 54 },
          reply: { source: '10.9.0.4', destination: '10.9.0.3', protocol: 17, sourcePort: 54, destinationPort: 53 },
        },
        {
          family: 4,
          mark: 0,
          original: { source: '10.9.0.5', destination: '10.9.0.6', protocol: 1, icmp: { type: 8, code: 0, id: 99 } },
          reply: { source: '10.9.0.6', destination: '10.9.0.5', protocol: 1, icmp: { type: 0, code: 0, id: 99 } },
        },
      ]),
    )
    await daemon.stop('SIGKILL')
  })

  test.each(['ipv4', 'ipv6'])(
    'marks of %s entries are set within a mask, found by it, and entries deleted',
    async (family) => {
      const [one, two] = family === 'ipv4' ? ['10.9.0.1', '10.9.0.2'] : ['fd00:9::1', 'fd00:9::2']
      for (const port of [1, 2, 3]) {
        const ports = ['--sport', String(port), '--dport', '9', '-m', '0x30']
        await insert('-p', 'udp', '-s', one ?? '', '-d', two ?? '', ...ports)
      }
      const all = await socket.entries()
      expect(all).toHaveLength(3)
      const some = all.filter(({ original }) => original.sourcePort !== 2)
      const bit = { mask: 0x08000000, value: 0x08000000 }
      expect(await socket.setMark(some, bit)).toBe(2)
      expect(await socket.entries({ mark: bit })).toHaveLength(2)
      expect(await socket.entries({ mark: { mask: 0x08000000, value: 0 } })).toHaveLength(1)
      expect(await socket.entries({ addresses: [two ?? ''], mark: bit })).toHaveLength(2)
      const marks = async () => {
        const list = await namespace.output('conntrack', ['-L', '-f', family])
        return [...list.matchAll(/mark=(\d+)/g)].map(([, mark]) => Number(mark)).sort((a, b) => a - b)
      }
      expect(await marks()).toEqual([0x30, 0x08000030, 0x08000030])
      expect(await socket.delete(some.slice(1))).toBe(1)
      expect(await socket.setMark(some, { mask: 0x08000000, value: 0 })).toBe(1)
      expect(await marks()).toEqual([0x30, 0x30])
      expect(await socket.delete(all)).toBe(2)
      expect(await socket.entries()).toEqual([])
    },
  )

  test('a bad address is refused by name, and a closed socket', async () => {
    await expect(socket.deleteBySource(['10.9.0'])).rejects.toMatchObject({
      code: 'EINVAL',
      message: 'EINVAL: conntrack deletion: "10.9.0" is not an address',
    })
    const other = openConntrackSocket({ namespace: namespace.path })
    other.close()
    await expect(other.deleteBySource(['10.9.0.1'])).rejects.toMatchObject({ code: 'EBADF' })
  })
})
