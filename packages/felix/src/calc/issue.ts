/** Something in the input that could not be followed as it stands. The rest of the input is. */
export interface Issue {
  /** Kind and name, as `IPPool/default` or `endpoint/cali0123456789a`. */
  readonly object: string
  readonly field: string
  readonly value: unknown
  readonly message: string
}

export const issueText = (issue: Issue): string =>
  `${issue.object}: ${issue.field} ${JSON.stringify(issue.value)}: ${issue.message}`
