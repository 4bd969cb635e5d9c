import type { Policy } from '@manx/api'
import { compare } from '../compare.ts'
import { mayPass, onlyAllows } from './policy-chain.ts'

/** What decides where and how lists name the policy, beside its key. */
export function placeInLists(policy: Policy): string {
  const { tier, order, types } = policy
  const rules = (['Ingress', 'Egress'] as const).map((direction) => [
    mayPass(policy, direction),
    onlyAllows(policy, direction),
  ])
  return JSON.stringify([tier, String(order), [...types].sort(compare), rules])
}
