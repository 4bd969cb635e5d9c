/** Enough for the workloads of a large cluster; beyond, sharing starts anew and nothing else changes. */
const most = 20_000

const values = new Map<string, unknown>()

/**
 * An equal value that was given before, else this one: pods of one workload have equal labels and ports, of which one copy is
 * enough. For small JSON values that nobody changes. Values whose fields are in another order are not found equal.
 */
export function shared<T>(value: T): T {
  const key = JSON.stringify(value)
  const known = values.get(key)
  // The key has the whole value, so that what is found under it has its type.
  if (known !== undefined) return known as T
  if (values.size >= most) values.clear()
  values.set(key, value)
  return value
}
