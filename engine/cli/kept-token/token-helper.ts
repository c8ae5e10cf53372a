import { isAbsolute, join } from 'node:path'
import { Invalid } from '../../../shared/invalid.ts'
import type { Secret } from '../../../shared/secret.ts'
import { parseHcl } from '../../policy/hcl.ts'
import { EXIT, Failure } from '../failure.ts'
import { expandHome, homeIn } from '../system.ts'
import { variable } from '../variable.ts'
import { readOwnFile } from './own-file.ts'
import { runStoreProgram } from './run-store-program.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/** Milliseconds for the program, which may ask the user for a password of its own. */
const ATTENDED_TIMEOUT = 60_000
const UNATTENDED_TIMEOUT = 10_000

/** A program of the user that keeps the token, by the protocol of Vault's `token_helper`: `get`, `store` and `erase`. */
export class TokenHelper implements TokenStore {
  readonly place: string
  readonly #program: string
  readonly #context: StoreContext

  constructor(program: string, context: StoreContext) {
    this.place = `the token helper ${program}`
    this.#program = program
    this.#context = context
  }

  read(): string | undefined {
    return this.#run('get').trim() || undefined
  }

  write(token: Secret): void {
    this.#run('store', token)
  }

  erase(): void {
    this.#run('erase')
  }

  #run(operation: string, input?: Secret): string {
    const { environment, address, attended } = this.#context
    const href = address.href.replace(/\/$/, '')
    const { output, failure } = runStoreProgram({
      program: this.#program,
      words: [operation],
      // as for Vault's: an address may be in a flag only
      environment: { ...environment, POSTERN_ADDR: href, VAULT_ADDR: href, BAO_ADDR: href },
      timeout: attended ? ATTENDED_TIMEOUT : UNATTENDED_TIMEOUT,
      ...(input && { input }),
    })
    if (failure === undefined) return output
    throw new Failure(`Error from the token helper, ${operation}: ${failure}`, EXIT.server)
  }
}

/** The token helper that the user has configured for Vault's or OpenBao's command line; undefined without one. @throws {Failure} */
export function configuredHelper(context: StoreContext): TokenHelper | undefined {
  for (const path of configurationFiles(context.environment)) {
    const file = readOwnFile(path, 'the configuration of the command line')
    // other programs than Vault have a file or a directory ~/.vault, too
    if (!file?.text.includes('token_helper')) continue
    if (file.fault) throw new Failure(`${path}, which names the token helper, ${file.fault.text}`)
    const program = helperIn(file.text, path)
    if (program !== undefined) return new TokenHelper(program, context)
  }
  return undefined
}

function configurationFiles(environment: StoreContext['environment']): readonly string[] {
  const set = variable(environment, 'CONFIG_PATH')
  if (set !== undefined) return [expandHome(set, environment)]
  const home = homeIn(environment)
  return home === undefined ? [] : ['.vault', '.bao'].map(name => join(home, name))
}

function helperIn(text: string, path: string): string | undefined {
  const { items } = parsed(text, path)
  const value = items.findLast(({ keys }) => keys.join() === 'token_helper')?.value
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && isAbsolute(value)) return value
  throw new Failure(`${path}: token_helper must be the absolute path of a program`)
}

function parsed(text: string, path: string) {
  try {
    return parseHcl(text)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`error parsing config file at ${path}: ${error.message}`)
  }
}
