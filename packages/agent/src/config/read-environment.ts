import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './parse-config.ts'
import type { Environment } from './variables.ts'

/**
 * The environment with the settings in the folder MANX_SETTINGS_DIR, one file each, as a ConfigMap is mounted; a variable goes
 * before a file. The kubelet keeps a mounted ConfigMap, but asks the API server for one that makes up the environment, so an agent
 * that is to be started again without the API server must have its settings this way.
 */
export function readEnvironment(environment: Environment): Environment {
  const variable = 'MANX_SETTINGS_DIR'
  const { [variable]: folder = '', ...variables } = environment
  if (folder === '') return environment
  try {
    // A mounted ConfigMap also has `..data` and folders with times for names.
    const names = readdirSync(folder).filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return {
      ...Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
      ...variables,
    }
  } catch {
    throw new ConfigError([{ variable, value: folder, allowed: 'a folder with one file per setting' }])
  }
}
