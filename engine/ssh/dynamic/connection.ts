import { connect, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { type Command, type Ended, endOf } from './command.ts'
import { Lost, NoSession, Refused } from './session-errors.ts'
import { Sessions } from './sessions.ts'

/** How to log in to a host. */
export interface HostLogin {
  readonly address: string
  readonly port: number
  readonly user: string
  /** Private keys in PEM, the most likely first. */
  readonly keys: readonly string[]
  /** Types of host keys to accept, by their names on the wire; all supported types if undefined. */
  readonly hostKeyTypes: readonly string[] | undefined
  /** Returns why a host key is not trusted; undefined if it is. */
  distrusts(key: Buffer): Promise<string | undefined>
}

const CONNECT_TIMEOUT = 15_000
const KEEPALIVE = 5_000

/** Algorithms that sshd of Debian 11 and later supports; none of them needs native code. */
const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
  ],
  cipher: [
    'aes256-gcm@openssh.com',
    'aes128-gcm@openssh.com',
    'aes256-ctr',
    'aes192-ctr',
    'aes128-ctr',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
} satisfies ssh2.Algorithms

/** Host key type to its signature algorithms. */
const SIGNATURES: Readonly<Record<string, readonly ssh2.ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

interface Started {
  readonly channel: ssh2.ClientChannel
  readonly end: Promise<Ended>
}

/** An authenticated connection to a host. Disposing of it closes it; it also closes if the host ends it or stops answering. */
export class Connection {
  /** The host's software version, such as `OpenSSH_9.2p1 Debian-2`. RFC 4253 §4.2. */
  readonly software: string
  readonly #client: ssh2.Client
  readonly #lost: Promise<never>
  /** The host may allow fewer sessions than are requested. */
  readonly sessions = new Sessions()
  #closed = false

  private constructor(client: ssh2.Client, software: string) {
    this.#client = client
    this.software = software
    this.#lost = new Promise((_, reject) =>
      client.once('close', () => {
        this.#closed = true
        reject(new Lost('the host has closed the connection'))
      }),
    )
    this.#lost.catch(() => undefined)
  }

  /**
   * Connects and logs in. The host key is verified before the user name is sent or any key is offered.
   * @throws {Refused} on every failure: nothing has been done on the host
   */
  static async open(login: HostLogin): Promise<Connection> {
    const { address: host, port } = login
    const socket = connect({ host, port, noDelay: true, timeout: CONNECT_TIMEOUT })
    const client = new ssh2.Client()
    const software = softwareOf(socket)
    try {
      await logIn(client, socket, login)
    } catch (error) {
      client.destroy()
      socket.destroy()
      throw new Refused(reasonOf(error), { cause: error })
    }
    socket.setTimeout(0)
    return new Connection(client, software())
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Runs a command, whose stdin stays open. When `signal` aborts, sends the command SIGTERM and stops waiting.
   * @throws {Refused} if it was not started @throws {Lost} if it is not known how it ended
   */
  async run(command: Command, signal: AbortSignal): Promise<Ended> {
    if (signal.aborted) throw new Refused('there was no time left for it')
    const { channel, end } = await this.sessions
      .open(() => this.#startBy(command, signal), signal)
      .catch(error => {
        // sessions that linger on the host count against its limit for as long as the connection is used
        if (error instanceof NoSession) {
          this.#closed = true
          this.#client.end()
        }
        throw error
      })
    try {
      return await Promise.race([end, this.#lost, expired(signal)])
    } catch (error) {
      if (!this.#closed) {
        channel.signal('TERM')
        channel.close()
      }
      throw error
    } finally {
      this.sessions.ended()
    }
  }

  [Symbol.dispose](): void {
    this.#client.end()
  }

  async #startBy(command: Command, signal: AbortSignal): Promise<Started> {
    const starting = this.#start(command)
    try {
      return await Promise.race([starting, this.#lost, expired(signal)])
    } catch (error) {
      // it may still be started
      starting.then(late => late.channel.close()).catch(() => undefined)
      throw error
    }
  }

  #start(command: Command): Promise<Started> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: Error) =>
        // ssh2 sets `reason` only if the channel was not opened
        reject(new ('reason' in cause ? NoSession : Refused)(cause.message, { cause }))
      try {
        this.#client.exec(command.command, (error, channel) =>
          // endOf is called at once: a quick command ends before the caller continues
          error ? refuse(error) : resolve({ channel, end: endOf(channel, command) }),
        )
      } catch {
        // ssh2 throws only if it has sent nothing, because the connection has just ended
        refuse(new Error('the host has closed the connection'))
      }
    })
  }
}

function logIn(
  client: ssh2.Client,
  socket: Socket,
  { user, keys, hostKeyTypes, distrusts }: HostLogin,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('timeout', () => reject(new Error('the host does not answer')))
    client.once('ready', () => resolve())
    // stays for the lifetime of the client: a host can cause several errors, and one without a listener would end the process
    client.on('error', reject)
    socket.on('error', reject)
    client.once('close', () => reject(new Error('the host has closed the connection')))
    client.connect({
      sock: socket,
      readyTimeout: CONNECT_TIMEOUT,
      keepaliveInterval: KEEPALIVE,
      keepaliveCountMax: 3,
      algorithms: { ...ALGORITHMS, serverHostKey: signaturesFor(hostKeyTypes) },
      hostVerifier: (key: Buffer, verdict: (trusted: boolean) => void) => {
        const refuse = (error: unknown) => {
          // before ssh2 reports a less specific error
          reject(error)
          verdict(false)
        }
        distrusts(key)
          .then(
            reason => (reason === undefined ? verdict(true) : refuse(new Error(reason))),
            refuse,
          )
          .catch(reject)
      },
      username: user,
      authHandler: keys.map(key => ({ type: 'publickey' as const, username: user, key })),
    })
  })
}

const signaturesFor = (types: readonly string[] = Object.keys(SIGNATURES)) =>
  types.flatMap(type => SIGNATURES[type] ?? [])

function expired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Lost('it did not end in time'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

/** Listens for the host's identification string. RFC 4253 §4.2. */
function softwareOf(socket: Socket): () => string {
  let text = ''
  const listen = (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (text.length > 4096 || /^SSH-2\.0-.*\n/m.test(text)) socket.off('data', listen)
  }
  socket.on('data', listen)
  return () => /^SSH-2\.0-([^\r\n]*)/m.exec(text)?.[1] ?? ''
}

/** Why a login has failed. That of ssh2 for refused keys speaks of methods that nobody has configured. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { level, message } = error as Error & { readonly level?: unknown }
  return level === 'client-authentication' ? REFUSED_KEY : message
}

const REFUSED_KEY =
  'the host does not accept the key of the admin user: is its public half in the authorized_keys of that user, and does sshd read that file? The log of sshd on the host says why'
