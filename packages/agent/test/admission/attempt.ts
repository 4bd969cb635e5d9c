import { expect, test } from '@jest/globals'
import { isApiError, type KubernetesClient } from '@manx/api'

/** One request: who makes it, and what the API server says to that. */
export interface Attempt {
  readonly name: string
  readonly who: () => Promise<KubernetesClient>
  readonly request: (client: KubernetesClient) => Promise<unknown>
  /** Words of the refusal; absent: it is allowed. */
  readonly refused?: string
}

export const allowed = (name: string, who: Attempt['who'], request: Attempt['request']): Attempt => ({
  name,
  who,
  request,
})

export const refused = (name: string, who: Attempt['who'], request: Attempt['request'], words: string): Attempt => ({
  ...allowed(name, who, request),
  refused: words,
})

/** Makes each of them, in this order: later ones may need what earlier ones made. */
export function testAttempts(attempts: readonly Attempt[]): void {
  for (const { name, who, request, refused: words } of attempts) {
    test(`${words === undefined ? 'allowed' : 'refused'}: ${name}`, async () => {
      const client = await who()
      const answer = await request(client).then(
        () => 'allowed',
        (error: unknown) => (isApiError(error, 'Forbidden', 'Invalid') ? error.message : Promise.reject(error)),
      )
      if (words === undefined) expect(answer).toBe('allowed')
      else expect(answer).toContain(words)
    })
  }
}
