const sha256 = /^[0-9a-f]{64}$/i

/**
 * Finds a file's SHA-256 in what its publisher wrote: the digest alone, or lines of `DIGEST  NAME` as sha256sum prints
 * them, where NAME may have a folder or the `*` of binary mode before it. Undefined: it says nothing about this file.
 */
export function parseChecksum(text: string, fileName: string): string | undefined {
  for (const line of text.split('\n')) {
    const [digest = '', name] = line.trim().split(/\s+/)
    if (!sha256.test(digest)) continue
    if (name === undefined || name.replace(/^\*/, '').split('/').at(-1) === fileName) return digest.toLowerCase()
  }
  return undefined
}
