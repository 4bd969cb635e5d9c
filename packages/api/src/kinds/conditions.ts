import { choice, integer, list, object, required, string } from '../schema/builders.ts'

/** The status conditions of a kind, in Kubernetes' own form. */
export function conditions(doc: string) {
  return list(
    doc,
    object('One condition.', {
      type: required(
        string('What the condition is about.', {
          maxLength: 316,
          pattern: String.raw`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`,
        }),
      ),
      status: required(choice('Whether it holds.', ['True', 'False', 'Unknown'])),
      reason: required(
        string('Why, in one word for programs.', {
          minLength: 1,
          maxLength: 1024,
          pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
        }),
      ),
      message: required(string('Why, in words for people; may be empty.', { maxLength: 32_768 })),
      lastTransitionTime: required(string('When status changed last.', { format: 'date-time' })),
      observedGeneration: integer('The metadata.generation that the condition was found out from.', {
        format: 'int64',
        minimum: 0,
      }),
    }),
    { list: 'map', keys: ['type'] },
  )
}
