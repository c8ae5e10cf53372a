import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { EXIT, Failure } from '../failure.ts'
import { stateDirectory } from '../state-directory.ts'
import { variable } from '../variable.ts'
import { configuredHelper } from './helper-configuration.ts'
import { knownFrom, knownToken, noteToken, type TokenLifetime } from './known-token.ts'
import { TokenFile } from './token-file.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/**
 * Where the token of the last login is. POSTERN_TOKEN_STORE decides, else a token helper that is configured for Vault's command line. Else
 * it is the file, if there is one: another client may have written it since. Else it is where the last login has put it.
 * @throws {Failure}
 */
export async function currentStore(context: StoreContext): Promise<TokenStore> {
  const chosen = await chosenStore(context)
  if (chosen) return chosen
  const file = new TokenFile(context)
  if (file.exists) return file
  const isInKeyring = knownToken(context.environment)?.keptBy === 'keyring'
  return isInKeyring ? keyringIn(context) : file
}

/** Keeps a token for later commands. Gives the place that has taken it. @throws {Failure} */
export async function keepToken(made: TokenLifetime, context: StoreContext): Promise<TokenStore> {
  const chosen = await chosenStore(context)
  if (chosen) return put(chosen, made, context)
  if (takesKeyring(context)) {
    try {
      return put(await keyringIn(context), made, context)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      context.warn(`${error.message}. It is kept in a file instead.`)
    }
  }
  return put(new TokenFile(context), made, context)
}

/** @throws {Failure} for a value that it does not know */
async function chosenStore(context: StoreContext): Promise<TokenStore | undefined> {
  const named = variable(context.environment, 'TOKEN_STORE')?.toLowerCase()
  if (named === undefined) return configuredHelper(context)
  if (named === 'file') return new TokenFile(context)
  if (named === 'keyring') return keyringIn(context)
  throw new Failure('POSTERN_TOKEN_STORE is "file" or "keyring"')
}

/** Whether a login uses the keyring although nothing says so: where the last login did, or on a desktop where no login has used the file. */
function takesKeyring(context: StoreContext): boolean {
  const { environment } = context
  if (new TokenFile(context).exists || stateDirectory(environment) === undefined) return false
  const known = knownToken(environment)
  return known ? known.keptBy === 'keyring' : isOnDesktop(environment)
}

function isOnDesktop(environment: StoreContext['environment']): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, PATH } = environment
  const hasBus = DBUS_SESSION_BUS_ADDRESS || existsSync(join(XDG_RUNTIME_DIR || '/', 'bus'))
  return Boolean((DISPLAY || WAYLAND_DISPLAY) && hasBus && isInstalled('secret-tool', PATH))
}

function isInstalled(program: string, path = ''): boolean {
  const directories = path.split(delimiter).filter(Boolean)
  return directories.some(directory => existsSync(join(directory, program)))
}

/** Loaded on demand: most users have none. */
async function keyringIn(context: StoreContext): Promise<TokenStore> {
  const { Keyring } = await import('./keyring.ts')
  return new Keyring(context)
}

function put(store: TokenStore, made: TokenLifetime, context: StoreContext): TokenStore {
  const isKeyring = store.kind === 'keyring'
  const known = knownFrom(made, isKeyring ? 'keyring' : 'other')
  // later commands look into the keyring only where this is noted
  if (!noteToken(known, context.environment) && isKeyring)
    throw new Failure('Error storing token: no file in ~/.local/state can be written', EXIT.server)
  store.write(made.token)
  // the keyring replaces the file, of which no older token is left on the disk
  if (isKeyring) new TokenFile(context).erase()
  return store
}
