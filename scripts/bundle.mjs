// Bundles an app into one CommonJS file: bundle.mjs ENTRY OUTPUT [--executable]. Plain esbuild would take all of Kubernetes' generated
// client along (16 MB of 21), of which only the reading of kubeconfigs is used. What is loaded stays in memory as source and as
// code, on every node, so what nobody calls is left out.
import { chmodSync } from 'node:fs'
import { build } from 'esbuild'

const client = '@kubernetes/client-node'
const [entry, outfile, executable] = process.argv.slice(2)

const onlyKubeConfig = {
  name: 'only-kubeconfig',
  setup(pluginBuild) {
    // What a configuration makes API clients with, which we never have it do.
    pluginBuild.onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith(`/${client}/dist/config.js`) ? { path: 'generated client', namespace: 'absent' } : undefined,
    )
    pluginBuild.onLoad({ filter: /./, namespace: 'absent' }, () => ({
      contents:
        'export class ServerConfiguration {}\nexport const createConfiguration = () => { throw new Error("left out") }',
    }))
    pluginBuild.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const whole = path === client
      if (pluginData === client || !(whole || importer.includes(`/${client}/dist/`))) return undefined
      const options = { kind: whole ? 'import-statement' : kind, importer, resolveDir, pluginData: client }
      const found = await pluginBuild.resolve(path, options)
      // Led to the one file that is used: through the whole module, an import() takes all of it along.
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
  // Names stay, and lines are short, for the sake of stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  // The image has the licenses of all packages; and one letter beyond Latin-1 would double the source in memory.
  legalComments: 'none',
  ...(executable === '--executable' ? { banner: { js: '#!/usr/bin/env node' } } : {}),
  logLevel: 'warning',
})
if (executable === '--executable') chmodSync(outfile, 0o755)
