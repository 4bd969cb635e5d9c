import { describe, expect, test } from '@jest/globals'
import { allKinds, convertObject } from '../../src/index.ts'
import { readDocuments } from '../documents/read-documents.ts'
import { apartFromEffect, asStored, byKind, convertText, fixture, lines } from './support.ts'

describe('objects as they are stored', () => {
  test('with every field of every kind become what users wrote', () => {
    for (const { kind, object } of readDocuments()) {
      const { status: _, ...written } = object
      const { object: converted, findings } = convertObject({ place: 'a', value: asStored(written) })
      const left = apartFromEffect(findings).filter(
        ({ code, path }) => !(code === 'Renamed' || (code === 'Rewritten' && path === 'metadata.labels')),
      )
      expect({ name: object.metadata.name, findings: lines(left) }).toEqual({
        name: object.metadata.name,
        findings: [],
      })
      // Names and labels of what IPAM writes follow from its spec.
      const ipam = ['BlockAffinity', 'IPAMBlock', 'IPAMHandle'].includes(kind.kind)
      expect(ipam ? { ...converted, metadata: object.metadata } : converted).toEqual(
        kind.kind === 'BlockAffinity' ? { ...written, spec: { deleted: false, ...written.spec } } : written,
      )
    }
  })

  const { objects, findings } = convertText(fixture('stored.yaml'))

  test('of every kind are accepted by the validators, in an order to apply them in', () => {
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(allKinds.map(({ kind }) => kind)))
    expect(apartFromEffect(findings).filter(({ effect }) => effect === 'lost')).toEqual([])
    const kinds = objects.map(({ kind }) => kind)
    expect(kinds.indexOf('Tier')).toBeLessThan(kinds.indexOf('GlobalNetworkPolicy'))
    expect(kinds.indexOf('IPPool')).toBeLessThan(kinds.indexOf('IPAMBlock'))
  })

  test('have their users’ metadata', () => {
    expect(byKind(objects, 'BGPConfiguration')?.metadata).toEqual({ name: 'default', labels: { team: 'net' } })
    expect(byKind(objects, 'NetworkSet')?.metadata).toEqual({
      name: 'partners',
      namespace: 'shop',
      labels: { partner: 'yes' },
      annotations: { note: 'ours' },
    })
    const kept = convertText(fixture('stored.yaml'), { identity: true }).objects
    expect(byKind(kept, 'BGPConfiguration')?.metadata).toMatchObject({
      uid: '6b2f0a8e-0c7c-4d55-9f65-2d2d6a3c0002',
      creationTimestamp: '2024-02-01T10:00:00Z',
    })
  })

  test('have the names that users know', () => {
    const names = objects
      .filter(({ kind }) => kind.endsWith('Policy'))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(names.sort()).toEqual([
      'GlobalNetworkPolicy deny-outside',
      'NetworkPolicy allow-dns',
      'StagedGlobalNetworkPolicy security.block',
      'StagedKubernetesNetworkPolicy try',
      'StagedNetworkPolicy default.try',
    ])
    expect(byKind(objects, 'GlobalNetworkPolicy')?.metadata.labels).toEqual({ 'projectcalico.org/tier': 'default' })
  })

  test('keep numbers that JavaScript cannot hold', () => {
    expect(byKind(objects, 'IPAMBlock')?.spec).toMatchObject({
      sequenceNumber: 1706781600123456789n,
      sequenceNumberForAllocation: { '0': 1706781600123456788n },
    })
  })

  test('get the labels by which nodes find their blocks, and true and false', () => {
    expect(byKind(objects, 'BlockAffinity')).toMatchObject({
      metadata: {
        name: 'node-1-10-244-0-0-26',
        labels: { 'projectcalico.org/affinity-type': 'host', 'projectcalico.org/ip-version': '4' },
      },
      spec: { deleted: false },
    })
  })

  test('say the same in another way only where that is noted', () => {
    expect(lines(apartFromEffect(findings))).toEqual([
      'changed Rewritten in, document 4 (BlockAffinity node-1-10-244-0-0-26): metadata.labels has projectcalico.org/hostname-hash, projectcalico.org/affinity-type, projectcalico.org/ip-version now: nodes find theirs by labels',
      'changed LeftOut in, document 5 (CalicoNodeStatus node-1): status is left out: Manx finds it out anew',
      'changed LeftOut in, document 16 (KubeControllersConfiguration default): status is left out: Manx finds it out anew',
    ])
  })
})
