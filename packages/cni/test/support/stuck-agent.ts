import { silentLogger } from '@manx/api'
import { openJournal } from '../../src/attach/journal.ts'
import { openPlumbing } from '../../src/attach/plumbing.ts'
import { createCniHandlers } from '../../src/handlers.ts'
import { startCniServer } from '../../src/wire/cni-server.ts'
import { TestNode } from './node.ts'

// An agent that plumbs and then waits for its policy for ever, to be killed: stuck-agent.ts HOST-NAMESPACE SOCKET JOURNAL.
const [hostNamespace = '', socketPath = '', journalFolder = ''] = process.argv.slice(2)
const node = new TestNode()
node.addPod('default/web')
node.beforeEndpoint = () => {
  process.stdout.write('plumbed\n')
  return new Promise(() => undefined)
}
const handlers = createCniHandlers({
  ports: node,
  journal: openJournal(journalFolder, silentLogger),
  plumbing: openPlumbing({ hostNamespace }),
})
await startCniServer({ socketPath, serve: handlers.serve, logger: silentLogger })
process.stdout.write('serving\n')
