// The least that a Node process can do to know a cluster: list, parse, forget. Plain JavaScript without any import of ours, so
// that nothing but Node itself is measured.
//
//   node bare-list.mjs SERVER CA-FILE TOKEN PATH…
//
// Prints "done" when everything was read once, and stays until it is killed.
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:https'

const [server, authority, token, ...paths] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, ca: readFileSync(authority) })
const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }

function read(path) {
  return new Promise((resolve, reject) => {
    get(`${server}${path}`, { agent, headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      response.on('error', reject)
    }).on('error', reject)
  })
}

async function list(path) {
  let from = ''
  do {
    const page = await read(`${path}?limit=500${from}`)
    if (page.kind === 'Status') throw new Error(`${path}: ${page.message}`)
    from = page.metadata.continue ? `&continue=${page.metadata.continue}` : ''
  } while (from !== '')
}

await Promise.all(paths.map(list))
console.log('done')
setInterval(() => undefined, 1 << 30)
