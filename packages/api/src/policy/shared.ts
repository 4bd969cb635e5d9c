/** Enough for the workloads of a large cluster, little beside its pods. Beyond, values are shared with newer ones only. */
const most = 4096

let recent = new Map<string, unknown>()
let older = new Map<string, unknown>()

/**
 * An equal value that was given before, else this one: pods of one workload have equal labels and ports, of which one copy is
 * enough. For small JSON values that nobody changes. Values whose fields are in another order are not found equal.
 */
export function shared<T>(value: T): T {
  const key = JSON.stringify(value)
  const known = recent.get(key)
  // The key has the whole value, so that what is found under it has its type.
  if (known !== undefined) return known as T
  const result = (older.get(key) ?? value) as T
  if (recent.size >= most) {
    older = recent
    recent = new Map()
  }
  recent.set(key, result)
  return result
}
