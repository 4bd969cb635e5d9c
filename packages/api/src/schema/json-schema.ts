import type { Node, Rule } from './schema.ts'

/** A structural OpenAPI v3 schema as CustomResourceDefinitions hold it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The part of a schema that the API server can hold. Checks written in TypeScript and assumed values are not in it. */
export function jsonSchemaOf(node: Node): JsonSchema {
  return definedOnly({
    description: node.doc === '' ? undefined : node.doc,
    default: node.default,
    nullable: node.nullable,
    ...shapeOf(node),
    'x-kubernetes-validations': node.rules?.map(ruleOf),
  })
}

function shapeOf(node: Node): JsonSchema {
  switch (node.type) {
    case 'string': {
      const { format, maxLength, minLength } = node
      const words = node.enum
      if (words !== undefined && node.ignoreCase === true) {
        return { type: 'string', maxLength: 64, pattern: `^(?i)(${words.join('|')})?$` }
      }
      const anyOf = node.formats?.map((one) => ({ format: one }))
      return { type: 'string', format, anyOf, enum: words, minLength, maxLength, pattern: node.pattern }
    }
    case 'integer':
      return { type: 'integer', format: node.format, minimum: node.minimum, maximum: node.maximum, enum: node.enum }
    case 'number':
      return { type: 'number' }
    case 'boolean':
      return { type: 'boolean' }
    case 'intOrString':
      return {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        'x-kubernetes-int-or-string': true,
        maxLength: node.maxLength,
        pattern: node.pattern,
      }
    case 'list':
      return {
        type: 'array',
        minItems: node.minItems,
        maxItems: node.maxItems,
        anyOf: node.alike?.map((pattern) => ({ items: { pattern } })),
        'x-kubernetes-list-type': node.list,
        'x-kubernetes-list-map-keys': node.keys,
        items: jsonSchemaOf(node.items),
      }
    case 'map':
      return {
        type: 'object',
        maxProperties: node.maxProperties,
        additionalProperties: jsonSchemaOf(node.values),
      }
    case 'object': {
      const properties = Object.entries(node.properties).map(([name, property]) => [name, jsonSchemaOf(property)])
      return {
        type: 'object',
        required: node.required.length > 0 ? node.required : undefined,
        properties: Object.fromEntries(properties),
      }
    }
  }
}

export function ruleOf({ rule, message, at }: Rule): JsonSchema {
  return { rule, message, ...(at === undefined ? {} : { fieldPath: `.${at}` }) }
}

function definedOnly(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
}
