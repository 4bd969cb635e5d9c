// Started in a host's network namespace: reads URLs as a JSON array, fetches them at once, prints the answers as a JSON array.
import { get } from 'node:http'
import { text } from 'node:stream/consumers'

type Answer = { readonly body: string } | { readonly error: string }

const urls = JSON.parse(await text(process.stdin)) as readonly string[]
process.stdout.write(JSON.stringify(await Promise.all(urls.map(fetchText))))

/** A connection of its own for each: what is proved is that a new one can be made. */
function fetchText(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 7000 }, (response) => {
      text(response).then(
        (body) => resolve(response.statusCode === 200 ? { body } : { error: `${response.statusCode}: ${body.trim()}` }),
        (error: Error) => resolve({ error: error.message }),
      )
    })
    request.on('timeout', () => request.destroy(new Error('no answer in 7 s')))
    request.on('error', (error) => resolve({ error: error.message }))
  })
}
