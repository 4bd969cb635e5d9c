import { isObject } from '../../schema/validate.ts'
import type { StagedAction } from '../model.ts'
import { type ConvertedPolicy, networkPolicyToPolicy } from '../network-policy/network-policy-to-policy.ts'

const actions: readonly StagedAction[] = ['Set', 'Delete', 'Learn', 'Ignore']

/** As `networkPolicyToPolicy`, for one on trial: what it would be if it were enforced, and that it is not. */
export function stagedKubernetesPolicyToPolicy(object: unknown): ConvertedPolicy {
  const spec = isObject(object) && isObject(object.spec) ? object.spec : undefined
  const { stagedAction, ...enforced } = spec ?? {}
  const { policy, issues } = networkPolicyToPolicy(
    spec !== undefined && isObject(object) ? { ...object, spec: enforced } : object,
  )
  const staged = actions.find((action) => action === (stagedAction ?? 'Set'))
  if (staged === undefined) {
    const message = `must be one of ${actions.join(', ')}`
    return { policy: undefined, issues: [...issues, { path: 'spec.stagedAction', value: stagedAction, message }] }
  }
  const kind = 'StagedKubernetesNetworkPolicy'
  return { policy: policy === undefined ? undefined : { ...policy, kind, staged }, issues }
}
