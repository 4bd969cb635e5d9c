import type { AnyKind } from './kind.ts'
import { type JsonSchema, jsonSchemaOf, ruleOf } from './schema/json-schema.ts'

/** A CustomResourceDefinition, ready to be applied or written as YAML. */
export interface CustomResourceDefinitionManifest {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/** What the API server has to know to store objects of the kind. */
export function crdOf(kind: AnyKind): CustomResourceDefinitionManifest {
  const { plural, group, scope, shortNames = [] } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        ...(shortNames.length > 0 ? { shortNames } : {}),
      },
      versions: [versionOf(kind)],
    },
  }
}

function versionOf(kind: AnyKind): Readonly<Record<string, unknown>> {
  const { printerColumns = [], selectableFields = [], status } = kind
  return {
    name: kind.version,
    served: true,
    storage: true,
    ...(printerColumns.length > 0 ? { additionalPrinterColumns: printerColumns.map(columnOf) } : {}),
    ...(selectableFields.length > 0 ? { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) } : {}),
    ...(status === undefined ? {} : { subresources: { status: {} } }),
    schema: { openAPIV3Schema: objectSchemaOf(kind) },
  }
}

function columnOf({ name, type, jsonPath }: NonNullable<AnyKind['printerColumns']>[number]): object {
  return { name, type, jsonPath }
}

function objectSchemaOf(kind: AnyKind): JsonSchema {
  const rules = (kind.rules ?? []).map(ruleOf)
  return {
    description: kind.doc,
    type: 'object',
    required: ['metadata', 'spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: {
        type: 'object',
        ...(kind.name === undefined && rules.length === 0 ? {} : { properties: { name: nameSchemaOf(kind) } }),
      },
      spec: jsonSchemaOf(kind.spec.node),
      ...(kind.status === undefined ? {} : { status: jsonSchemaOf(kind.status.node) }),
    },
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  }
}

// A rule would say it in our words, but for long patterns costs more than the API server allows.
function nameSchemaOf({ name }: AnyKind): JsonSchema {
  return { type: 'string', maxLength: 253, ...(name === undefined ? {} : { pattern: name.pattern }) }
}
