/**
 * Opens many connections from given addresses, sends the first byte of a TLS hello on each and then nothing, and holds those that are not
 * closed. Prints a line when it has opened all.
 *
 *     node crowd.ts HOST PORT CONNECTIONS-FROM-EACH ADDRESS…
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const [host = '', port, each, ...addresses] = process.argv.slice(2)
for (const localAddress of addresses)
  for (let count = 0; count < Number(each); count++) {
    const socket = connect({ host, port: Number(port), localAddress })
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.resume().write(Buffer.from([0x16]))
  }

console.log('done')
