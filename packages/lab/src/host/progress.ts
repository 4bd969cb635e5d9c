import { performance } from 'node:perf_hooks'

/** Tells the one who waits what is done; on standard error, so that standard output stays for results. */
export interface Progress {
  /** Runs a step and prints its time, also when it fails. */
  step<T>(title: string, action: () => Promise<T>): Promise<T>
  note(message: string): void
  readonly steps: readonly { readonly title: string; readonly seconds: number }[]
}

export function createProgress(write: (line: string) => void = (line) => console.error(line)): Progress {
  const steps: { title: string; seconds: number }[] = []
  return {
    steps,
    note: (message) => write(`          ${message}`),
    step: async (title, action) => {
      const start = performance.now()
      const seconds = () => (performance.now() - start) / 1000
      try {
        const result = await action()
        steps.push({ title, seconds: Number(seconds().toFixed(2)) })
        write(`${seconds().toFixed(1).padStart(6)} s  ${title}`)
        return result
      } catch (error) {
        write(`${seconds().toFixed(1).padStart(6)} s  ${title}: FAILED`)
        throw error
      }
    },
  }
}
