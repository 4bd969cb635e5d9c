import { expect, test } from '@jest/globals'
import { shippedNode } from '../src/cluster/shipped-agent.ts'

test('flags and variables of Node are read from a manifest, however it is written', () => {
  const manifest = `
kind: ServiceAccount
---
kind: DaemonSet
spec:
  template:
    spec:
      containers:
        - name: gobgpd
          command: [/opt/manx/bin/node, --other, /opt/manx/agent.cjs, gobgpd]
        - name: agent
          command: [/opt/manx/bin/node, --max-semi-space-size=2, "--expose-gc", /opt/manx/agent.cjs]
          env:
            - { name: MALLOC_ARENA_MAX, value: "1" }
            - name: NODENAME
              valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
            - name: NODE_COMPILE_CACHE
              value: /var/lib/manx/cache
`
  expect(shippedNode(manifest)).toEqual({
    flags: ['--max-semi-space-size=2', '--expose-gc'],
    environment: { MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: '/var/lib/manx/cache' },
  })
})

test('our manifest is understood, memory and compiled code included', () => {
  const { flags, environment } = shippedNode()
  expect(flags).toContainEqual(expect.stringContaining('--max-semi-space-size'))
  expect(Object.keys(environment)).toEqual(expect.arrayContaining(['MALLOC_ARENA_MAX', 'NODE_COMPILE_CACHE']))
})
