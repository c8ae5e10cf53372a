import { createServer, type Server, type Socket } from 'node:net'
import { type PrivateKey, type SignatureAlgorithm, signBytes } from '../../openssh/private-key.ts'
import { WireReader, WireWriter } from '../../openssh/wire.ts'
import { listen } from './listen.ts'

/** The numbers of messages and flags: draft-ietf-sshm-ssh-agent §6.1, §6.4. */
const MESSAGE = {
  failure: 5,
  requestKeys: 11,
  keys: 12,
  requestSignature: 13,
  signature: 14,
  extension: 27,
} as const
const FLAGS = { sha256: 2, sha512: 4 } as const

/** Bytes of a message, as in OpenSSH's agent. */
const MAX_MESSAGE_BYTES = 256 * 1024

/**
 * An ssh-agent in this process, with one key, at a socket. The key is in no file and in no other process, so it is gone when this process
 * ends.
 */
export class KeyAgent implements Disposable {
  readonly #server: Server
  readonly #key: PrivateKey

  private constructor(key: PrivateKey) {
    this.#key = key
    this.#server = createServer(socket => {
      // the client has disconnected
      socket.on('error', () => socket.destroy())
      this.#serve(socket).catch(() => socket.destroy())
    })
  }

  /** @param path of a socket in a private directory */
  static async open(key: PrivateKey, path: string): Promise<KeyAgent> {
    const agent = new KeyAgent(key)
    await listen(agent.#server, path)
    return agent
  }

  [Symbol.dispose](): void {
    this.#server.close()
  }

  async #serve(socket: Socket): Promise<void> {
    let rest = Buffer.alloc(0)
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk as Buffer])
      while (rest.length >= 4) {
        const length = rest.readUInt32BE()
        if (length > MAX_MESSAGE_BYTES) return void socket.destroy()
        if (rest.length < 4 + length) break
        const message = rest.subarray(4, 4 + length)
        if (isForwarded(message)) return void socket.destroy()
        const answer = await this.#answer(message)
        socket.write(new WireWriter().string(answer).bytes())
        rest = rest.subarray(4 + length)
      }
    }
  }

  async #answer(message: Buffer): Promise<Buffer> {
    const reader = new WireReader(message)
    const { blob } = this.#key.publicKey
    const type = reader.byte()
    if (type === MESSAGE.requestKeys)
      return new WireWriter().byte(MESSAGE.keys).uint32(1).string(blob).string('postern').bytes()
    if (type === MESSAGE.requestSignature && reader.string().equals(blob)) {
      const data = reader.string()
      const signature = await signBytes(this.#key, data, algorithmOf(reader.uint32()))
      return new WireWriter().byte(MESSAGE.signature).string(signature).bytes()
    }
    return Buffer.of(MESSAGE.failure)
  }
}

/** Whether ssh announces that the connection is forwarded to a remote host, which must not use the key. PROTOCOL.agent of OpenSSH §1. */
function isForwarded(message: Buffer): boolean {
  const reader = new WireReader(message)
  if (reader.byte() !== MESSAGE.extension || reader.text() !== 'session-bind@openssh.com')
    return false
  for (let each = 0; each < 3; each++) reader.string()
  return reader.byte() !== 0
}

function algorithmOf(flags: number): SignatureAlgorithm {
  if (flags & FLAGS.sha512) return 'rsa-sha2-512'
  return flags & FLAGS.sha256 ? 'rsa-sha2-256' : 'ssh-rsa'
}
