// Bundles an app into one CommonJS file: bundle.mjs ENTRY OUTPUT [--executable]. Plain esbuild would take all of Kubernetes' generated
// client along (16 MB of 21), of which only the reading of kubeconfigs is used.
import { chmodSync } from 'node:fs'
import { build } from 'esbuild'

const client = '@kubernetes/client-node'
const [entry, outfile, executable] = process.argv.slice(2)

const onlyKubeConfig = {
  name: 'only-kubeconfig',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const whole = path === client && kind === 'dynamic-import'
      if (pluginData === client || !(whole || importer.includes(`/${client}/dist/`))) return undefined
      const options = { kind: whole ? 'import-statement' : kind, importer, resolveDir, pluginData: client }
      const found = await pluginBuild.resolve(path, options)
      // An import() takes the whole module, so it is led to the one file; that file takes only what it uses.
      if (whole) return { path: found.path.replace(/index\.js$/, 'config.js'), sideEffects: false }
      return found.path.includes(`/${client}/`) ? { ...found, sideEffects: false } : found
    })
  },
}

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  external: ['koffi'],
  plugins: [onlyKubeConfig],
  ...(executable === '--executable' ? { banner: { js: '#!/usr/bin/env node' } } : {}),
  logLevel: 'warning',
})
if (executable === '--executable') chmodSync(outfile, 0o755)
