// Writes src/gen from proto/gobgp.proto. The types come from a second, commented pass: pbts reads comments,
// the shipped code has none.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(createRequire(import.meta.url).resolve('protobufjs-cli/package.json'), '..', 'bin')
const scratch = mkdtempSync(join(tmpdir(), 'manx-proto-'))
const run = (tool, args) =>
  execFileSync(process.execPath, [join(tools, tool), ...args], { cwd: root, stdio: 'inherit' })
const code = [
  ...['-t', 'static-module', '-w', 'es6', '--es6', '--no-service'],
  ...['--no-convert', '--no-delimited', '--no-verify', '--no-create'],
]
try {
  run('pbjs', [...code, '--no-comments', '-o', 'src/gen/gobgp.js', 'proto/gobgp.proto'])
  run('pbjs', [...code, '-o', join(scratch, 'gobgp.js'), 'proto/gobgp.proto'])
  run('pbts', ['--no-comments', '-o', join(scratch, 'gobgp.d.ts'), join(scratch, 'gobgp.js')])
  // There are no 64-bit fields, so the reference to the `long` package is dead (and not valid in an ES module).
  const types = readFileSync(join(scratch, 'gobgp.d.ts'), 'utf8').replace(/^import Long = .*\n/m, '')
  writeFileSync(join(root, 'src/gen/gobgp.d.ts'), types)
} finally {
  rmSync(scratch, { recursive: true })
}
