// Runs in the init container: puts the CNI executables into the host's folder, and nothing else.
// `manx` is always brought up to date; portmap and loopback belong to the host where it has them already,
// unless UPDATE_CNI_BINARIES=true.
const { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } = require('node:fs')
const { join } = require('node:path')

const [source = '/opt/manx/cni', target = '/host/opt/cni/bin'] = process.argv.slice(2)
const update = process.env.UPDATE_CNI_BINARIES === 'true'

for (const name of readdirSync(source).sort()) {
  const [from, to] = [join(source, name), join(target, name)]
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) continue
  if (existsSync(to) && name !== 'manx' && !update) {
    console.log(`${to} is the host's and stays (UPDATE_CNI_BINARIES=true replaces it)`)
    continue
  }
  // By rename: kubelet may be running the old one, and must never find half of the new.
  const temporary = `${to}.manx-${process.pid}`
  try {
    copyFileSync(from, temporary)
    chmodSync(temporary, 0o755)
    renameSync(temporary, to)
  } finally {
    rmSync(temporary, { force: true })
  }
  console.log(`${to} installed`)
}
