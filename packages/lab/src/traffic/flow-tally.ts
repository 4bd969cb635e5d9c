import type { Flow, FlowReport } from './traffic-order.ts'

/** Keeps the books of one flow: what was sent and waits for an answer, and what was lost. */
export interface FlowTally {
  /** Returns the number that the answer must carry. */
  sent(): number
  answered(number: number): void
  /** Will never be answered, for a reason that is known. */
  failed(number: number, reason: string): void
  report(): FlowReport
}

export function createFlowTally(flow: Flow): FlowTally {
  // Of what is forbidden nothing waits: an answer would be one too many.
  const waiting = new Map<number, number>()
  const losses: { at: number; reason: string }[] = []
  let sent = 0
  let answered = 0
  let failed = 0
  let longest = 0
  const note = (at: number, reason: string) => {
    if (losses.length < 10) losses.push({ at, reason })
  }
  return {
    sent: () => {
      const number = sent
      sent += 1
      if (flow.allowed) waiting.set(number, Date.now())
      return number
    },
    answered: (number) => {
      const at = waiting.get(number)
      // A second answer to the same packet is not a packet more that came through.
      if (flow.allowed && at === undefined) return
      answered += 1
      if (at === undefined) return
      longest = Math.max(longest, Date.now() - at)
      waiting.delete(number)
    },
    failed: (number, reason) => {
      const at = waiting.get(number)
      if (at === undefined) return
      waiting.delete(number)
      failed += 1
      note(at, reason)
    },
    report: () => {
      const { name, kind, allowed } = flow
      const open = [...waiting.values()].slice(0, 10).map((at) => ({ at, reason: 'no answer' }))
      return {
        name,
        kind,
        allowed,
        sent,
        answered,
        failed,
        waiting: waiting.size,
        losses: [...losses, ...open],
        longest,
      }
    },
  }
}

/** Calls `send` so often that the rate holds even when the machine was busy for a moment. */
export function atRate(perSecond: number, send: () => void): () => void {
  const start = performance.now()
  let done = 0
  const timer = setInterval(
    () => {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000)
      // A long pause is not made up for: that would be a flood.
      done = Math.max(done, due - 10)
      for (; done < due; done += 1) send()
    },
    Math.max(5, 1000 / perSecond / 2),
  )
  return () => clearInterval(timer)
}
