/**
 * Asks a server the same from a given address, each time on a new connection, and prints the statuses, or why there are none, as JSON.
 *
 *     node ask-from.ts URL LOCAL-ADDRESS TIMES METHOD BODY [TOKEN]
 */
import { request } from 'node:https'

const [url = '', localAddress = '', times, method = '', body = '', token] = process.argv.slice(2)

const ask = () =>
  new Promise<number | string>(resolve => {
    const settings = {
      method,
      localAddress,
      agent: false,
      rejectUnauthorized: false,
      timeout: 10_000,
      headers: token === undefined ? {} : { 'X-Vault-Token': token },
    }
    const asked = request(url, settings, answer => resolve(answer.resume().statusCode ?? 0))
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.end(body)
  })

const answers: (number | string)[] = []
for (let each = 0; each < Number(times); each++) answers.push(await ask())
console.log(JSON.stringify(answers))
