import { output } from '@manx/testbed'
import { type ApiServer, startApiServer } from '../../../api/test/api-server.ts'

/** A kube-apiserver with etcd, and no node. */
export async function startBareApiServer(): Promise<ApiServer> {
  // It looks for its address at the default route.
  await output('ip', ['link', 'add', 'bench0', 'type', 'veth', 'peer', 'name', 'bench1'])
  await output('ip', ['address', 'add', '10.50.0.1/24', 'dev', 'bench0'])
  await output('ip', ['link', 'set', 'bench0', 'up'])
  await output('ip', ['link', 'set', 'bench1', 'up'])
  await output('ip', ['route', 'add', 'default', 'via', '10.50.0.254'])
  const server = await startApiServer()
  const stopServer = server.stop
  const stop = async () => {
    await stopServer()
    await output('ip', ['link', 'delete', 'bench0'])
  }
  return Object.assign(server, { stop, [Symbol.asyncDispose]: stop })
}
