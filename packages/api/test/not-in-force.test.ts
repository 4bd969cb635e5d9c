import { describe, expect, test } from '@jest/globals'
import {
  type AnyKind,
  allKinds,
  convertObject,
  FelixConfiguration,
  GlobalNetworkPolicy,
  IPPool,
  idleKindEffect,
  idleRest,
  KubeControllersConfiguration,
  Tier,
  validateDocuments,
} from '../src/index.ts'
import { idleUses } from '../src/kinds/idle.ts'
import { type IdleField, idleFields, idleKinds } from '../src/kinds/not-in-force.ts'
import { referenceIndex, referencePage } from '../src/reference/reference-page.ts'
import type { Node } from '../src/schema/schema.ts'
import { clusterNetworkPolicy } from '../src/validation/core/cluster-network-policy.ts'
import { kubernetesNetworkPolicy } from '../src/validation/core/network-policy.ts'
import { readDocuments } from './documents/read-documents.ts'

const kinds: readonly AnyKind[] = [...allKinds, clusterNetworkPolicy, kubernetesNetworkPolicy]
const kindOf = (key: string) => kinds.find(({ group, kind }) => `${group}/${kind}` === key)
const fieldAt = (node: Node | undefined, steps: readonly string[]): Node | undefined =>
  steps.reduce((at, step) => (at?.type === 'object' ? at.properties[step] : undefined), node)

describe('the list of what is not in force', () => {
  test('has kinds and fields that there are, each once', () => {
    for (const key of Object.keys(idleKinds)) expect([key, kindOf(key)?.kind]).toEqual([key, expect.anything()])
    for (const [key, fields] of Object.entries(idleFields)) {
      const kind = kindOf(key)
      expect([key, idleKinds[key]]).toEqual([key, undefined])
      for (const field of Object.keys(fields)) {
        const node = fieldAt(kind?.spec.node, field.split('.'))
        expect([key, field, node?.type]).toEqual([key, field, expect.any(String)])
        // One line of the reference must not say both.
        expect([key, field, node?.doc]).toEqual([key, field, expect.not.stringContaining('has no effect')])
      }
    }
  })

  test('has no policies of Kubernetes, and nothing that it names in its exceptions twice', () => {
    expect(idleKindEffect(kubernetesNetworkPolicy)).toBeUndefined()
    if (idleKindEffect(Tier) === undefined) return
    expect(idleKindEffect(Tier, 'default')).toBeUndefined()
    expect(idleRest(Tier, 'default')).toContain('NetworkPolicies of networking.k8s.io')
    expect(idleRest(Tier, 'constructor')).toBeUndefined()
    expect(idleKindEffect(Tier, 'constructor')).toEqual(expect.any(String))
  })

  test('is what validation warns of, conversion counts as lost, and the reference marks', () => {
    for (const { kind, object } of readDocuments()) {
      const { name } = object.metadata
      const effect = idleKindEffect(kind, name)
      const uses = effect === undefined ? idleUses(kind, object.spec) : []
      const wanted = effect === undefined ? uses.map(({ path }) => path) : ['kind']
      const { findings } = validateDocuments(JSON.stringify(object))
      const warned = findings.filter(({ code }) => code === 'NoEffect')
      expect([name, warned.map(({ path }) => path).toSorted()]).toEqual([name, wanted.toSorted()])
      for (const { severity, message } of warned) {
        expect([severity, message]).toEqual(['warning', expect.stringMatching(/is not in force yet: .+/)])
      }
      const { status: _, ...written } = object
      const lost = convertObject({ place: 'a', value: written }).findings.filter(({ code }) => code === 'NoEffect')
      expect([name, lost.map(({ path }) => (path === '' ? 'kind' : path))]).toEqual([name, wanted])
      expect(lost.every((finding) => finding.effect === 'lost')).toBe(true)
    }
  })

  test('is whole in the reference', () => {
    const index = referenceIndex(allKinds)
    for (const kind of kinds.filter((one) => one !== kubernetesNetworkPolicy)) {
      const effect = idleKindEffect(kind)
      const page = referencePage(kind, '')
      const said = page.includes('**Not in force yet**')
      expect([kind.kind, said]).toEqual([kind.kind, effect !== undefined])
      if (effect !== undefined) expect(page).toContain(effect)
      expect(index.includes(`| ${kind.kind} of \`${kind.group}\` |`)).toBe(effect !== undefined)
      for (const [field, { effect: ofField }] of Object.entries(idleFields[`${kind.group}/${kind.kind}`] ?? {})) {
        const row = page.split('\n').find((line) => line.startsWith(`| \`spec.${field}\` |`))
        expect(row).toContain(`**Not in force yet:** ${ofField}.`)
        expect(index).toContain(`| ${kind.kind} \`spec.${field}\``)
      }
    }
  })
})

describe('a field that is not in force', () => {
  const fields: Readonly<Record<string, IdleField>> = {
    floatingIPs: { effect: 'x' },
    nftablesFilterDenyAction: { effect: 'x' },
    serviceLoopPrevention: { effect: 'x', holds: ['Disabled'] },
    externalNodesList: { effect: 'x' },
    netlinkTimeout: { effect: 'x' },
  }
  const felix = (spec: object) =>
    idleUses(FelixConfiguration, spec, fields).map(({ path, value }) => `${path} ${JSON.stringify(value)}`)

  test.each([
    ['absent', {}, []],
    ['null', { floatingIPs: null }, []],
    ['the default', { floatingIPs: 'Disabled' }, []],
    ['the default in another case', { nftablesFilterDenyAction: 'drop' }, []],
    ['what happens anyway', { serviceLoopPrevention: 'disabled' }, []],
    ['the default that is not what happens', { serviceLoopPrevention: 'Drop' }, ['spec.serviceLoopPrevention "Drop"']],
    ['the default in another spelling', { netlinkTimeout: '0m10s' }, []],
    ['another duration', { netlinkTimeout: '11s' }, ['spec.netlinkTimeout "11s"']],
    ['what is no duration', { netlinkTimeout: 'x' }, ['spec.netlinkTimeout "x"']],
    ['something else', { nftablesFilterDenyAction: 'Reject' }, ['spec.nftablesFilterDenyAction "Reject"']],
    ['a list that is empty', { externalNodesList: [] }, []],
    ['of another type than it should', { floatingIPs: [7] }, ['spec.floatingIPs [7]']],
    ['of another object', { constructor: 'x' }, []],
  ])('%s', (_, spec, uses) => {
    expect(felix(spec)).toEqual(uses)
  })

  test('is found below others, and in lists by value', () => {
    const below = {
      'controllers.node.hostEndpoint.autoCreate': { effect: 'x' },
      'controllers.loadBalancer': { effect: 'x' },
    }
    const controllers = (value: unknown) =>
      idleUses(KubeControllersConfiguration, { controllers: value }, below).map(({ path }) => path)
    expect(controllers({ node: { hostEndpoint: { autoCreate: 'Enabled' } } })).toEqual([
      'spec.controllers.node.hostEndpoint.autoCreate',
    ])
    expect(controllers({ node: { hostEndpoint: { autoCreate: 'Disabled' } } })).toEqual([])
    expect(controllers({ node: 'x' })).toEqual([])
    expect(controllers({ loadBalancer: {} })).toEqual(['spec.controllers.loadBalancer'])
    const only = { allowedUses: { effect: 'x', only: ['LoadBalancer'] } }
    const uses = (allowedUses: unknown) => idleUses(IPPool, { cidr: '10.0.0.0/16', allowedUses }, only).length
    expect([uses(['Workload', 'Tunnel']), uses(['LoadBalancer']), uses('LoadBalancer')]).toEqual([0, 1, 1])
    for (const spec of [undefined, null, 'x', 7, []]) expect(idleUses(IPPool, spec, only)).toEqual([])
  })
})

test('a policy that denies, while nothing enforces it, is neither right nor turned over without a word', () => {
  const spec = { types: ['Ingress', 'Egress'] }
  const value = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name: 'deny' }, spec }
  const isIdle = idleKindEffect(GlobalNetworkPolicy) !== undefined
  const warning = { severity: 'warning', code: 'NoEffect', path: 'kind', value: 'GlobalNetworkPolicy' }
  expect(validateDocuments(JSON.stringify(value)).findings).toMatchObject(isIdle ? [warning] : [])
  expect(convertObject({ place: 'a', value })).toMatchObject({
    object: value,
    findings: isIdle ? [{ effect: 'lost', code: 'NoEffect', name: 'deny' }] : [],
  })
})
