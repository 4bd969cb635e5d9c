import type { Condition, KubernetesObject } from '../metadata.ts'
import { isObject } from '../schema/validate.ts'

/** An object of which nothing but its metadata is known to be of its kind. */
export interface MalformedObject extends KubernetesObject {
  readonly spec?: unknown
  readonly status?: unknown
}

/** What its status says, as far as that is in the form of conditions. */
export function conditionsOf({ status }: MalformedObject): readonly Condition[] {
  const conditions = isObject(status) ? status.conditions : undefined
  return Array.isArray(conditions) ? conditions.filter(isCondition) : []
}

const textFields = ['type', 'status', 'reason', 'message', 'lastTransitionTime']

function isCondition(value: unknown): value is Condition {
  return isObject(value) && textFields.every((field) => typeof value[field] === 'string')
}
