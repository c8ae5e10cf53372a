import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { SharedLogin } from '../../engine/ssh/dynamic/host-sessions.ts'
import type { Keygen } from './keygen.ts'

/**
 * An SSH server in this process that calls itself as it is told to, and runs commands with the shell of this machine, in a folder of its
 * own. It lets everybody in who has a key.
 */
export class SshServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-host-'))
  /** Connections that it has taken. */
  connections = 0
  /** Commands that run now, and the most that ever did. */
  running = 0
  most = 0
  /** Sessions that a connection may have, as MaxSessions of sshd. */
  maxSessions = 10
  readonly #server: ssh2.Server
  /** The line of its public key. */
  readonly hostKey: string
  readonly #key: string

  constructor(keygen: Keygen, software: string) {
    this.#key = readFileSync(keygen.key('-t', 'ed25519').file, 'utf8')
    const host = keygen.key('-t', 'ed25519')
    this.hostKey = host.line
    const hostKeys = [readFileSync(host.file, 'utf8')]
    this.#server = new ssh2.Server({ hostKeys, ident: software }, client => {
      this.connections++
      client.on('authentication', context => context.accept())
      client.on('error', () => undefined)
      let sessions = 0
      client.on('session', (accept, reject) => {
        if (sessions >= this.maxSessions) {
          reject()
          return
        }
        sessions++
        accept()
          .on('exec', (acceptCommand, _reject, { command }) => this.#run(acceptCommand(), command))
          .on('close', () => sessions--)
      })
    })
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How to get into it. @param trusted whether its key is known */
  login({ trusted = true } = {}): SharedLogin {
    const shown = Buffer.from(this.hostKey.split(' ')[1] ?? '', 'base64')
    return {
      address: '127.0.0.1',
      port: this.port,
      user: 'admin',
      keys: [this.#key],
      hostKeyTypes: ['ssh-ed25519'],
      trust: `${trusted}`,
      distrusts: async key => (trusted && key.equals(shown) ? undefined : 'it is not known'),
    }
  }

  async [Symbol.asyncDispose]() {
    this.#server.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #run(channel: ssh2.ServerChannel, command: string): void {
    this.most = Math.max(this.most, ++this.running)
    const child = spawn('sh', ['-c', command], { cwd: this.folder })
    channel.on('signal' as never, () => child.kill())
    channel.pipe(child.stdin)
    child.stdin.on('error', () => undefined)
    child.stdout.on('data', part => channel.write(part))
    child.stderr.on('data', part => channel.stderr.write(part))
    child.on('close', code => {
      this.running--
      channel.exit(code ?? 255)
      channel.end()
    })
  }
}
