import type { PolicyEndpoint } from '@manx/api'

/** What lends labels to pods, by the names that label indexes know it by. */
export const namespaceParent = (namespace: string): string => `namespace/${namespace}`

/** `key` is `namespace/name`. */
export const serviceAccountParent = (key: string): string => `serviceAccount/${key}`

export const parentsOf = ({ namespace, serviceAccount }: PolicyEndpoint): readonly string[] => [
  namespaceParent(namespace),
  ...(serviceAccount === '' ? [] : [serviceAccountParent(`${namespace}/${serviceAccount}`)]),
]
