import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Secret } from '../../../shared/secret.ts'
import type { CliIo } from '../cli-io.ts'
import { shellWords } from '../shell-words.ts'
import { ASKPASS_VARIABLES } from './askpass.ts'
import { listen } from './listen.ts'
import { type PrivateFolder, privateFolder } from './private-folder.ts'
import { asksForPassword, isForged, isOfHost, type Login } from './prompt.ts'

/** Milliseconds to receive a question. */
const QUESTION_TIMEOUT = 5_000
const MAX_QUESTION_BYTES = 64 * 1024

/**
 * Passes the one-time password to ssh, once, when ssh asks for it for this login. ssh runs this program as SSH_ASKPASS, which connects to
 * this server at a socket in a private directory and authenticates with a key. The password is in no argument, variable or file.
 */
export class AskpassServer implements Disposable {
  readonly #folder: PrivateFolder
  readonly #server: Server
  readonly #key: string
  readonly #program: string
  #password: Secret | undefined
  #login: Login
  #otherQuestion: string | undefined
  #byOther = false

  private constructor(
    folder: PrivateFolder,
    self: readonly string[],
    password: Secret,
    login: Login,
  ) {
    this.#folder = folder
    this.#program = programIn(folder, self)
    this.#password = password
    this.#login = login
    this.#key = randomBytes(32).toString('hex')
    this.#server = createServer({ allowHalfOpen: true }, socket => this.#serve(socket))
  }

  static async open(
    { self, environment }: Pick<CliIo, 'self' | 'environment'>,
    password: Secret,
    login: Omit<Login, 'pid'>,
  ): Promise<AskpassServer> {
    using made = new DisposableStack()
    const folder = made.use(privateFolder(environment))
    const server = new AskpassServer(folder, self, password, { ...login, pid: undefined })
    await listen(server.#server, folder.path('askpass'))
    made.move()
    return server
  }

  /** The variables that make ssh ask this server, even if it has a terminal. */
  get environment(): Readonly<Record<string, string>> {
    return {
      SSH_ASKPASS: this.#program,
      SSH_ASKPASS_REQUIRE: 'force',
      [ASKPASS_VARIABLES.socket]: this.#folder.path('askpass'),
      [ASKPASS_VARIABLES.key]: this.#key,
    }
  }

  /** Sets the process id of ssh, which must be the one that asks. */
  expect(pid: number | undefined): void {
    this.#login = { ...this.#login, pid }
  }

  /** Whether ssh has asked for the password and got it. */
  get passwordSent(): boolean {
    return this.#password === undefined
  }

  /** The first other question of the host, if there was one. */
  get otherQuestion(): string | undefined {
    return this.#otherQuestion
  }

  /** Whether another process than ssh asked for the password. */
  get byOther(): boolean {
    return this.#byOther
  }

  [Symbol.dispose](): void {
    this.#server.close()
    this.#folder[Symbol.dispose]()
  }

  async #serve(socket: Socket): Promise<void> {
    const timer = setTimeout(() => socket.destroy(), QUESTION_TIMEOUT)
    try {
      socket.end(JSON.stringify({ password: this.#answer(await questionOf(socket)) }))
    } catch {
      // the askpass program prompts the user instead
      socket.destroy()
    } finally {
      clearTimeout(timer)
    }
  }

  #answer({ key, question, asker }: Question): string | undefined {
    const own = Buffer.from(this.#key)
    const given = Buffer.from(key)
    if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined
    const prompt = { text: question, asker }
    if (!asksForPassword(prompt, this.#login)) {
      if (isOfHost(prompt, this.#login)) this.#otherQuestion ??= question
      this.#byOther ||= isForged(prompt, this.#login)
      return undefined
    }
    const password = this.#password?.reveal()
    this.#password = undefined
    return password
  }
}

interface Question {
  readonly key: string
  readonly question: string
  readonly asker: number
}

async function questionOf(socket: Socket): Promise<Question> {
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_QUESTION_BYTES) socket.destroy()
  })
  const { key, question, asker } = JSON.parse(await text(socket)) as Record<string, unknown>
  return { key: String(key), question: String(question), asker: Number(asker) }
}

/** The path for SSH_ASKPASS, which allows no arguments: a script, if this program is run by Node. */
function programIn(folder: PrivateFolder, self: readonly string[]): string {
  const [program = '', ...words] = self
  if (words.length === 0) return program
  return folder.write('ask', `#!/bin/sh\nexec ${shellWords(self)} "$1"\n`, 0o700)
}
