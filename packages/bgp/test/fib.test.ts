import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { createNamespace, skipReason } from '@manx/testbed'
import { Fib } from '../src/fib/fib.ts'
import type { ReadPath } from '../src/speaker/path-message.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip

suite(`routes in the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('a route that the kernel refuses is a problem until it is not wanted any more', async () => {
    await using namespace = await createNamespace('fib')
    await namespace.output('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far'])
    await namespace.output('ip', ['link', 'set', 'far', 'up'])
    await namespace.output('ip', ['address', 'add', '10.0.0.1/24', 'dev', 'eth0'])
    await namespace.output('ip', ['link', 'set', 'eth0', 'up'])
    await using fib = await Fib.open({ logger: silentLogger, namespace: namespace.path })
    fib.setKernelPlan({ blackholes: [], metric: { 4: 1024, 6: 1024 } })
    fib.endRetention()
    // A broadcast address is no gateway.
    const path: ReadPath = { prefix: '10.244.1.0/26', family: 4, neighbor: '10.0.0.2', identifier: 0, withdrawn: false }
    fib.setPaths([{ ...path, nextHop: '10.0.0.255' }])
    await fib.settled()
    expect([...fib.problems()]).toEqual([{ prefix: '10.244.1.0/26', message: expect.stringContaining('EINVAL') }])
    fib.setPaths([{ ...path, withdrawn: true }])
    await fib.settled()
    expect([...fib.problems()]).toEqual([])
  })
})
