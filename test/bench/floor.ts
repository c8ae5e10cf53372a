// The floor: what Node itself costs for passwords that are made and used. A bare server of node:https that encrypts and commits the same rows as the
// engine, in a thread with node:sqlite, and does nothing else. Its certificate, key and folder come on stdin as JSON.
import { constants, createCipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import type { FloorWrite } from './floor-writer.ts'

const { cert, key, folder } = JSON.parse(await text(process.stdin))
const writer = new Worker(new URL('floor-writer.ts', import.meta.url), { workerData: folder })
await once(writer, 'message')
const secret = createSecretKey(randomBytes(32))
/** Commits that wait for those that the thread is making, as in the engine. */
let waiting: (readonly FloorWrite[])[] = []
const answers: (() => void)[] = []
let inFlight = 0

writer.on('message', () => {
  const made = answers.splice(0, inFlight)
  send()
  for (const answer of made) answer()
})

function send(): void {
  inFlight = waiting.length
  if (inFlight > 0) writer.postMessage(waiting.flat())
  waiting = []
}

function commit(writes: readonly FloorWrite[]): Promise<void> {
  waiting.push(writes)
  if (inFlight === 0 && waiting.length === 1) setImmediate(send)
  return new Promise(resolve => answers.push(resolve))
}

/** A row with its value, encrypted and authenticated together with its name. */
function row(name: string, bytes: number): FloorWrite {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(name))
  const encrypted = cipher.update(Buffer.alloc(bytes, 'x'))
  cipher.final()
  return [name, Buffer.concat([nonce, encrypted, cipher.getAuthTag()])]
}

/** Names as long as those of the engine. */
const names = (otp: string) =>
  ['otp', 'lease/id', 'lease/token', 'lease/due', 'otp-due'].map(
    kind => `${kind}/${'mount'.repeat(12)}/${otp}`,
  )

async function issue(): Promise<object> {
  const key = randomUUID()
  const [otp = '', lease = '', token = '', due = ''] = names(key)
  await commit([row(otp, 217), row(lease, 365), row(token, 47), row(due, 0)])
  return { data: { key, key_type: 'otp', username: 'ubuntu', ip: '10.1.2.3', port: 22 } }
}

async function redeem(key: string): Promise<object> {
  const [otp = '', lease = '', token = '', due = '', used = ''] = names(key)
  await commit([row(otp, 400), row(used, 0), [lease], [token], [due]])
  return { data: { username: 'ubuntu', ip: '10.1.2.3', role_name: 'web' } }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  request.on('data', part => parts.push(part))
  await once(request, 'end')
  const { otp } = JSON.parse(Buffer.concat(parts).toString())
  const body = JSON.stringify(await (request.method === 'PUT' ? redeem(otp) : issue()))
  response
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
    .end(body)
}

const secureOptions = constants.SSL_OP_NO_TICKET
const server = createServer({ cert, key, secureOptions, noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`https://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit())
