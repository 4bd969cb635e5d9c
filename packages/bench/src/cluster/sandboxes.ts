import { output, run } from '@manx/testbed'

/** Network namespaces of pods, made and removed many at a time. */
export interface Sandboxes extends AsyncDisposable {
  /** `/run/netns/NAME` of each. */
  readonly paths: readonly string[]
}

export async function makeSandboxes(prefix: string, count: number): Promise<Sandboxes> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  const batch = (verb: string) => names.map((name) => `netns ${verb} ${name}\n`).join('')
  await output('ip', ['-batch', '-'], { input: batch('add') })
  return {
    paths: names.map((name) => `/run/netns/${name}`),
    [Symbol.asyncDispose]: async () => {
      await run('ip', ['-force', '-batch', '-'], { input: batch('delete') })
    },
  }
}
