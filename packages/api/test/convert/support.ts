import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ConversionFinding,
  type ConvertedObject,
  convertDocuments,
  describeConversionFinding,
  type KubernetesObject,
  readConversionInput,
} from '../../src/index.ts'

export const fixture = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

export const convertText = (text: string, options = {}) => {
  const { inputs, findings } = readConversionInput(text, 'in')
  const conversion = convertDocuments(inputs, options)
  return { objects: conversion.objects, findings: [...findings, ...conversion.findings] }
}

export const lines = (findings: readonly ConversionFinding[]) =>
  findings.map((finding) => `${finding.effect} ${finding.code} ${describeConversionFinding(finding)}`)

/** Without what is said of what is not in force yet: that is no matter of the conversion. */
export const apartFromEffect = (findings: readonly ConversionFinding[]) =>
  findings.filter(({ code }) => code !== 'NoEffect')

export const byKind = (objects: readonly ConvertedObject[], kind: string) => objects.find((one) => one.kind === kind)

export const stored = (kind: string, spec: unknown, metadata: object = {}) => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind,
  metadata: { name: 'x', ...metadata },
  spec,
})
export const pool = (spec: object) => stored('IPPool', { cidr: '10.0.0.0/16', ...spec })

/** As JSON, with the nearest number in place of each that is too long. */
export const toJson = (value: unknown) =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part))

/** An object of v3 as Calico stores it in its older form. */
export function asStored({
  apiVersion: _,
  kind,
  metadata,
  spec,
}: KubernetesObject & { spec: Readonly<Record<string, unknown>> }) {
  const { name, namespace, ...others } = metadata
  const isPolicy = /^(Staged)?(Global)?NetworkPolicy$/.test(kind)
  const kept = JSON.stringify({ ...others, ...(isPolicy ? { name } : {}), creationTimestamp: null })
  const stored = isPolicy && !name.includes('.') ? `default.${name}` : name
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: kind === 'IPAMConfiguration' ? 'IPAMConfig' : kind,
    metadata: {
      name: stored,
      ...(namespace === undefined ? {} : { namespace }),
      uid: 'u',
      resourceVersion: '7',
      generation: 1,
      annotations: { 'projectcalico.org/metadata': kept },
    },
    spec: kind === 'BlockAffinity' ? { ...spec, deleted: String(spec.deleted ?? false) } : spec,
  }
}
