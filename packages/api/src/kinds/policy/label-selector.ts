import { choice, list, map, object, required, string } from '../../schema/builders.ts'

/** A label selector in Kubernetes' own form. */
export function labelSelector(doc: string) {
  return object(doc, {
    matchLabels: map('Labels and the values that they must have.', string('')),
    matchExpressions: list(
      'Conditions that must all hold.',
      object('One condition.', {
        key: required(string('The label.')),
        operator: required(
          choice('In and NotIn compare with values; Exists and DoesNotExist have none.', [
            'In',
            'NotIn',
            'Exists',
            'DoesNotExist',
          ]),
        ),
        values: list('The values.', string(''), { list: 'atomic' }),
      }),
      { list: 'atomic' },
    ),
  })
}
