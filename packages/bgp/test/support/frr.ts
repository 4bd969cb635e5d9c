import { mkdir, rm, writeFile } from 'node:fs/promises'
import { eventually, type Namespace, output, run } from '@manx/testbed'

const programs = '/usr/lib/frr'

/** FRR's zebra and bgpd in a namespace; ended with it. */
export interface Frr {
  /** Output of a vtysh command; of one with `json`, to be parsed. */
  show(command: string): Promise<string>
}

export async function startFrr(namespace: Namespace, config: string): Promise<Frr & AsyncDisposable> {
  const { name } = namespace
  const folders = [`/etc/frr/${name}`, `/var/run/frr/${name}`]
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await writeFile(`/etc/frr/${name}/vtysh.conf`, '')
  await writeFile(`/etc/frr/${name}/frr.conf`, config)
  await output('chown', ['-R', 'frr:frr', ...folders])
  const show = async (command: string) => output('vtysh', ['-N', name, '-c', command])
  for (const program of ['zebra', 'bgpd']) {
    await namespace.start(`${programs}/${program}`, ['-N', name, '-A', '127.0.0.1', '--log', 'stdout'])
    await eventually(async () => {
      const { code, stderr } = await run('vtysh', ['-N', name, '-d', program, '-c', 'show version'])
      if (code !== 0) throw new Error(`${program} of ${name} does not answer: ${stderr}`)
    })
  }
  await output('vtysh', ['-N', name, '-b'])
  return {
    show,
    async [Symbol.asyncDispose]() {
      await namespace.remove()
      for (const folder of folders) await rm(folder, { recursive: true, force: true })
    },
  }
}
