import type { RequestListener } from 'node:http'
import type { ComponentStatus } from './node-status.ts'
import { jsonAnswer, routes } from './serve-http.ts'

export interface Probed {
  readonly components: () => readonly ComponentStatus[]
  /** Why the process is not ready. */
  readonly reasons: () => readonly string[]
}

/** /liveness, which fails when a part hangs so that only a restart helps, and /readiness; both say what is wrong. */
export function probeRoutes({ components, reasons }: Probed): RequestListener {
  return routes({
    '/liveness': () => {
      const present = components()
      const dead = present.filter(({ live }) => !live).map(({ name, reason }) => `${name} ${reason}`)
      return jsonAnswer(dead.length === 0 ? 200 : 503, { reasons: dead, components: present })
    },
    '/readiness': () => {
      const present = reasons()
      return jsonAnswer(present.length === 0 ? 200 : 503, { reasons: present, components: components() })
    },
  })
}
