/**
 * Sends an engine, until it is ended, the requests without a good token that cost it most: each kind on connections of its own.
 *
 *     node worst-bodies.ts PORT LOCAL-ADDRESS…
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const [port, ...addresses] = process.argv.slice(2)
const MIB = 1024 * 1024

const post = (body: Buffer, path = 'x') =>
  Buffer.concat([
    Buffer.from(`POST /v1/${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ])
const get = (target: string, headers = '') =>
  Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)

const control = (length: number) => Buffer.from(`{"${'\x7f'.repeat(length)}":1}`)
const small = 64 * 1024 - 10
const members = Array.from({ length: 500 }, (_, each) => `"k${each}":"${'\x80'.repeat(40)}"`)

const KINDS: readonly Buffer[] = [
  // names and values that grow when they are written down
  post(control(31 * MIB)),
  post(control(small)),
  post(control(small), 'auth/userpass/login/nobody'),
  post(Buffer.from(`{${members.join(',')}}`), 'ssh/verify'),
  // queries and forms of many members
  get(`/v1/x?${Array.from({ length: 5000 }, (_, each) => each.toString(36)).join('&')}`),
  get(`/v1/ssh/krl?${Array.from({ length: 500 }, (_, each) => each.toString(36)).join('&')}`),
  // lists in lists, and numbers
  post(Buffer.from('['.repeat(small)), 'ssh/verify'),
  post(Buffer.from(`{"otp":[${'1,'.repeat(small / 3)}1]}`), 'ssh/verify'),
  // wrong tokens, many at a time
  Buffer.concat(Array.from({ length: 50 }, () => get('/v1/sys/mounts', 'X-Vault-Token: x\r\n'))),
  Buffer.concat(Array.from({ length: 50 }, () => get('/v1/nowhere'))),
  // wrong passwords
  post(Buffer.from('{"password":"wrong"}'), 'auth/userpass/login/alice'),
]
/** Bodies that never end. */
const SLOW = Buffer.from(
  'POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{',
)

/** Sends the same again and again, each time once something has been answered. */
async function repeat(bytes: Buffer, localAddress: string): Promise<never> {
  for (;;) {
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    for (;;) {
      socket.write(bytes)
      const more = await Promise.race([
        once(socket, 'data').then(() => true),
        closed.then(() => false),
      ])
      if (!more) break
    }
    await pause(20)
  }
}

for (const address of addresses) {
  for (const bytes of KINDS) for (let each = 0; each < 2; each++) void repeat(bytes, address)
  for (let each = 0; each < 100; each++) void repeat(SLOW, address)
}
