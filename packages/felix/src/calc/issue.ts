import type { Policy } from '@manx/api'

/** Something in the input that could not be followed as it stands. The rest of the input is. */
export interface Issue {
  /** Kind and name, as `IPPool/default` or `endpoint/cali0123456789a`. */
  readonly object: string
  /** The policy that it is about, when it is about one; then `object` is its title. */
  readonly policy?: PolicyName
  readonly field: string
  readonly value: unknown
  readonly message: string
}

/** What `policyKey` is made of. */
export type PolicyName = Pick<Policy, 'kind' | 'namespace' | 'name'>

export const issueText = (issue: Issue): string =>
  `${issue.object}: ${issue.field} ${JSON.stringify(issue.value)}: ${issue.message}`
