import type { Logger } from '@manx/api'

export interface AdjustableLogger {
  readonly logger: Logger
  setLevel(level: string): void
}

/** A log whose level can change while it is in use. */
export function adjustableLogger(create: (level: string) => Logger, level: string): AdjustableLogger {
  let present = level
  let current = create(level)
  return {
    logger: {
      debug: (message, fields) => current.debug(message, fields),
      info: (message, fields) => current.info(message, fields),
      warn: (message, fields) => current.warn(message, fields),
      error: (message, fields) => current.error(message, fields),
      isDebugEnabled: () => current.isDebugEnabled(),
    },
    setLevel: (wanted) => {
      if (wanted === present) return
      present = wanted
      current = create(wanted)
    },
  }
}
