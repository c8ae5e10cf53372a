import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Secret } from '../../../shared/secret.ts'
import type { World } from '../world.ts'
import { DESK } from './askpass.ts'
import { asksForPassword, type Login } from './prompt.ts'

/** Milliseconds for a question to be put. */
const DEADLINE = 5_000
const LONGEST_QUESTION = 64 * 1024

/**
 * Hands the one-time password to ssh, once, when ssh asks for just this login. ssh asks through SSH_ASKPASS, which is this
 * program again: it comes to this desk, a socket in a folder that only the user can enter, with a key. The password is
 * in no argument, no variable and no file.
 */
export class PasswordDesk implements AsyncDisposable {
  readonly #folder: string
  readonly #server: Server
  readonly #key: string
  readonly #program: string
  #password: Secret | undefined
  #login: Login

  private constructor(folder: string, program: string, password: Secret, login: Login) {
    this.#folder = folder
    this.#program = program
    this.#password = password
    this.#login = login
    this.#key = randomBytes(32).toString('hex')
    this.#server = createServer({ allowHalfOpen: true }, socket => this.#serve(socket))
  }

  static async open(
    { self, environment }: Pick<World, 'self' | 'environment'>,
    password: Secret,
    login: Omit<Login, 'pid'>,
  ): Promise<PasswordDesk> {
    const folder = await privateFolder(environment)
    const program = await programIn(folder, self)
    const desk = new PasswordDesk(folder, program, password, { ...login, pid: undefined })
    desk.#server.listen(join(folder, 'desk'))
    await once(desk.#server, 'listening')
    return desk
  }

  /** The variables that bring ssh here with its questions, even where it has a terminal. */
  get environment(): Readonly<Record<string, string>> {
    return {
      SSH_ASKPASS: this.#program,
      SSH_ASKPASS_REQUIRE: 'force',
      [DESK.socket]: join(this.#folder, 'desk'),
      [DESK.key]: this.#key,
    }
  }

  /** The process that ssh runs as, as soon as it is known. */
  expect(pid: number | undefined): void {
    this.#login = { ...this.#login, pid }
  }

  /** The password has not been asked for: whatever ssh failed at came before. */
  get unasked(): boolean {
    return this.#password !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #serve(socket: Socket): Promise<void> {
    const timer = setTimeout(() => socket.destroy(), DEADLINE)
    try {
      socket.end(JSON.stringify({ password: this.#answer(await questionOf(socket)) }))
    } catch {
      // whoever that was is told nothing, and asks the person instead
      socket.destroy()
    } finally {
      clearTimeout(timer)
    }
  }

  #answer({ key, question, asker }: Question): string | undefined {
    const own = Buffer.from(this.#key)
    const given = Buffer.from(key)
    if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined
    if (!asksForPassword({ text: question, asker }, this.#login)) return undefined
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
    if (size > LONGEST_QUESTION) socket.destroy()
  })
  const { key, question, asker } = JSON.parse(await text(socket)) as Record<string, unknown>
  return { key: String(key), question: String(question), asker: Number(asker) }
}

/** A folder that only this user can enter: where the system keeps such things, else among the temporary files. */
async function privateFolder({ XDG_RUNTIME_DIR }: World['environment']): Promise<string> {
  try {
    // under sudo it may be another user's, who could then put another folder in the place of ours
    if (XDG_RUNTIME_DIR && (await stat(XDG_RUNTIME_DIR)).uid === process.getuid?.())
      return await mkdtemp(join(XDG_RUNTIME_DIR, 'postern-'))
  } catch {
    // gone with the last login, or not to be written in
  }
  return mkdtemp(join(tmpdir(), 'postern-'))
}

/** ssh takes one path and no arguments: a program that is started in several words needs a script. */
async function programIn(folder: string, self: readonly string[]): Promise<string> {
  const [program = '', ...words] = self
  if (words.length === 0) return program
  const path = join(folder, 'ask')
  const quoted = self.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  await writeFile(path, `#!/bin/sh\nexec ${quoted} "$1"\n`, { mode: 0o700 })
  return path
}
