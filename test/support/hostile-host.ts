import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import ssh2 from 'ssh2'
import type { SharedLogin } from '../../engine/ssh/dynamic/host-sessions.ts'
import type { Keygen } from './keygen.ts'

/** What a host does with a connection as soon as there is one. */
export type Raw = (socket: Socket) => void

/** What a host that has let a client in does with a command. */
export type Exec = (
  accept: () => ssh2.ServerChannel,
  connection: { readonly reject: () => void; readonly end: () => void },
) => void

/** An SSH server that does what none should. */
export class HostileHost {
  readonly #server: Server | ssh2.Server
  readonly #sockets = new Set<Socket>()
  readonly #key: string
  readonly #hostKey: Buffer

  private constructor(keygen: Keygen, conduct: { readonly raw: Raw } | { readonly exec: Exec }) {
    this.#key = readFileSync(keygen.key('-t', 'ed25519').file, 'utf8')
    const host = keygen.key('-t', 'ed25519')
    this.#hostKey = Buffer.from(host.line.split(' ')[1] ?? '', 'base64')
    this.#server =
      'raw' in conduct
        ? createServer(socket => {
            this.#sockets.add(socket.on('error', () => undefined))
            conduct.raw(socket)
          })
        : serverOf(readFileSync(host.file, 'utf8'), conduct.exec)
  }

  static async start(
    keygen: Keygen,
    conduct: { readonly raw: Raw } | { readonly exec: Exec },
  ): Promise<HostileHost> {
    const host = new HostileHost(keygen, conduct)
    await new Promise<void>(resolve => host.#server.listen(0, '127.0.0.1', () => resolve()))
    return host
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  login(): SharedLogin {
    return {
      address: '127.0.0.1',
      port: this.port,
      user: 'admin',
      keys: [this.#key],
      hostKeyTypes: ['ssh-ed25519'],
      trust: '',
      distrusts: async key => (key.equals(this.#hostKey) ? undefined : 'it is not known'),
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

function serverOf(hostKey: string, exec: Exec): ssh2.Server {
  return new ssh2.Server({ hostKeys: [hostKey], ident: 'OpenSSH_9.2p1' }, client => {
    client.on('error', () => undefined)
    client.on('authentication', context => context.accept())
    client.on('session', acceptSession =>
      acceptSession().on('exec', (accept, reject) =>
        exec(accept, { reject, end: () => client.end() }),
      ),
    )
  })
}

/** Does something in a while, if it can still be done. */
export async function later(milliseconds: number, work: () => void): Promise<void> {
  await setTimeout(milliseconds)
  try {
    work()
  } catch {
    // the client has gone
  }
}
