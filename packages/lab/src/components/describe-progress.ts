import type { ComponentProgress } from './ensure-components.ts'

/** One line for a terminal or a log. */
export function describeProgress({ state, component, programs, source, seconds, message }: ComponentProgress): string {
  if (state === 'notice') return `${message ?? ''}: building here what is missing of ${component}`
  const names = programs.join(', ')
  const what = component.startsWith(`${names} `) ? component : `${component}: ${names}`
  const verb = { directory: 'found', cache: 'cached', download: 'downloaded', build: 'built' }[source]
  const doing = { directory: 'looking', cache: 'looking', download: 'downloading', build: 'building' }[source]
  if (state === 'started') return `${what}: ${doing} …`
  return `${what}: ${verb} in ${(seconds ?? 0).toFixed(1)} s`
}
