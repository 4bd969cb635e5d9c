import { describe, expect, test } from '@jest/globals'
import { parseChecksum } from '../../src/components/parse-checksum.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)

describe('parseChecksum', () => {
  for (const [name, text, file, expected] of [
    ['a digest alone, as dl.k8s.io has it', a, 'kubectl', a],
    ['a digest alone with a newline', `${a}\n`, 'kubectl', a],
    ['the line of sha256sum', `${a}  etcd.tar.gz\n`, 'etcd.tar.gz', a],
    ['the right line of several', `${a}  other.tar.gz\n${b}  etcd.tar.gz\n`, 'etcd.tar.gz', b],
    ['binary mode', `${a} *runc.amd64\n`, 'runc.amd64', a],
    ['a name with a folder', `${a}  ./dist/x.tgz\n`, 'x.tgz', a],
    ['capital digits', `${a.toUpperCase()}  x\n`, 'x', a],
    ['another file only', `${a}  other\n`, 'x', undefined],
    ['a longer name with the same end', `${a}  runc.amd64.asc\n${b}  my-runc.amd64\n`, 'runc.amd64', undefined],
    ['a page of HTML', '<html>404</html>', 'x', undefined],
    ['a digest of another length', 'abc123  x', 'x', undefined],
    ['nothing', '', 'x', undefined],
  ] as const) {
    test(name, () => expect(parseChecksum(text, file)).toBe(expected))
  }
})
