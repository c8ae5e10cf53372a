// The yardstick: a TLS server that answers whatever it is sent with one fixed reply. Its certificate and key come on stdin as JSON.
import { constants } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createServer } from 'node:tls'

const BODY = '{"initialized":true,"sealed":false,"standby":false}\n'
const REPLY = Buffer.from(
  `HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
)

const { cert, key } = JSON.parse(await text(process.stdin))
const secureOptions = constants.SSL_OP_NO_TICKET
const server = createServer({ cert, key, secureOptions }, socket => {
  socket.setNoDelay()
  socket.on('data', () => socket.write(REPLY))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`https://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit())
