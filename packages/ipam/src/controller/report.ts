/** Something about an object that its users should see where they look: an Event. */
export interface Report {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid?: string
  readonly type: 'Normal' | 'Warning'
  /** In one word for programs. */
  readonly reason: string
  /** What was done, or could not be done. */
  readonly action: string
  readonly note: string
}

/** Takes reports and returns at once; a report that gets lost stops nobody's work. */
export type Reporter = (report: Report) => void
