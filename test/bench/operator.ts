import { createSecureContext } from 'node:tls'
import { ask } from './client.ts'
import { openConnection } from './connection.ts'
import type { Program } from './programs.ts'

/** Makes requests with the root token of a server, each on a connection of its own. */
export class Operator {
  readonly #server: Program
  readonly #ca: string

  /** @param ca in PEM */
  constructor(server: Program, ca: string) {
    this.#server = server
    this.#ca = ca
  }

  get token(): string {
    return /^Root Token: (\S+)$/m.exec(this.#server.output)?.[1] ?? ''
  }

  /** Gives the body of the response. @throws {Error} if the request is refused */
  async ask(verb: string, path: string, data?: object): Promise<string> {
    const secureContext = createSecureContext({ ca: this.#ca })
    using connection = await openConnection(this.#server.port, secureContext)
    return await ask(connection, { verb, path, token: this.token, ...(data && { data }) })
  }
}
