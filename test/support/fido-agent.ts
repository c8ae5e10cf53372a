import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:net'
import { WireReader, WireWriter } from '../../engine/openssh/wire.ts'

/*
 * An ssh-agent at the socket that is named, with one key as a FIDO token has it: its signatures are over the application, a flag for the
 * touch, a counter and the message (PROTOCOL.u2f of OpenSSH).
 */

const TYPE = 'sk-ssh-ed25519@openssh.com'
const APPLICATION = 'ssh:'
const TOUCHED = 1

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
const blob = new WireWriter().string(TYPE).string(point).string(APPLICATION).bytes()
const hash = (data: string | Buffer) => createHash('sha256').update(data).digest()
let counter = 0

function answer(message: Buffer): Buffer {
  const reader = new WireReader(message)
  const type = reader.byte()
  if (type === 11) return new WireWriter().byte(12).uint32(1).string(blob).string('token').bytes()
  if (type !== 13 || !reader.string().equals(blob)) return Buffer.of(5)
  const counted = new WireWriter().byte(TOUCHED).uint32(++counter).bytes()
  const signed = Buffer.concat([hash(APPLICATION), counted, hash(reader.string())])
  const signature = new WireWriter()
    .string(TYPE)
    .string(sign(null, signed, privateKey))
    .bytes()
  return new WireWriter()
    .byte(14)
    .string(Buffer.concat([signature, counted]))
    .bytes()
}

createServer(socket => {
  let rest = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE()
      socket.write(new WireWriter().string(answer(rest.subarray(4, end))).bytes())
      rest = rest.subarray(end)
    }
  })
}).listen(process.argv[2], () => process.stdout.write('listening\n'))
