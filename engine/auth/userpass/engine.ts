import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { name, string } from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Call, Prelude } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import type { Engine } from '../../api/engine.ts'
import { ApiError } from '../../api/errors.ts'
import type { Login, TokenSettings } from '../../api/login.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { displayName } from '../display-name.ts'
import { Lockout } from '../lockout.ts'
import { hashPassword, isPassword, type PasswordHash } from '../password-hash.ts'
import { describeTokenSettings, tokenFields, tokenSettings } from '../token-fields.ts'

interface User {
  readonly password: PasswordHash
  readonly token: TokenSettings
}

const users = new Table<User>('user/')

const username = name({ default: '', description: 'Name of the user, case-insensitive.' })
const password = string({ required: 'for a login and a new user', description: 'The password.' })

const userPaths = [
  endpoint({
    path: 'users',
    summary: 'Lists the users.',
    description: 'Returns the names of the users.',
    fields: {},
    operations: {
      list: async function listUsers(_, { tx }) {
        const keys = requireAny(await users.list(tx))
        return { data: { keys } }
      },
    },
  }),
  endpoint({
    path: 'users/:username',
    anyCase: true,
    exists: async ({ username: who }, { tx }) =>
      (await users.get(tx, String(who).toLowerCase())) !== undefined,
    summary: 'Reads, writes or deletes a user.',
    description: 'Only the parameters that are sent change. Tokens that were issued do not change.',
    fields: { ...tokenFields, username, password },
    prepare: hashed,
    operations: {
      read: async function readUser({ username: who }, { tx }) {
        const user = requireFound(await users.get(tx, who.toLowerCase()))
        return { data: describeTokenSettings(user.token) }
      },
      update: async function writeUser({ username: who, password: _, ...given }, { tx }, hash) {
        const old = await users.get(tx, who.toLowerCase())
        const password = hash ?? old?.password
        if (!password) throw missing()
        users.put(tx, who.toLowerCase(), { password, token: tokenSettings(given, old?.token) })
        return undefined
      },
      delete: async function deleteUser({ username: who }, { tx }) {
        users.delete(tx, who.toLowerCase())
        return undefined
      },
    },
  }),
  endpoint({
    path: 'users/:username/password',
    anyCase: true,
    summary: 'Changes the password of a user.',
    description: 'Tokens that were issued stay valid.',
    fields: { username, password },
    prepare: hashed,
    operations: {
      update: async function setPassword({ username: who }, { tx }, hash) {
        const user = await existing(tx, who)
        if (!hash) throw missing()
        users.put(tx, who.toLowerCase(), { ...user, password: hash })
        return undefined
      },
    },
  }),
  endpoint({
    path: 'users/:username/policies',
    anyCase: true,
    summary: 'Changes the policies of a user.',
    description: 'Tokens that were issued keep their policies.',
    fields: {
      username,
      token_policies: tokenFields.token_policies,
      policies: tokenFields.policies,
    },
    operations: {
      update: async function setUserPolicies({ username: who, ...given }, { tx }) {
        const user = await existing(tx, who)
        const token = tokenSettings(given, user.token)
        users.put(tx, who.toLowerCase(), { ...user, token })
        return undefined
      },
    },
  }),
]

/** The auth method with user names and passwords. Contract §4.9. */
export function userpass(): Engine {
  const lockout = new Lockout()
  const login = endpoint({
    path: 'login/:username',
    access: 'public',
    summary: 'Logs in with a user name and a password.',
    description:
      'Returns a token. After five wrong passwords, the name is locked for 15 minutes, unless user_lockout_config of the mount sets other values.',
    fields: { username, password },
    prepare: ({ username: who, password: text }, prelude) => {
      if (!text) throw missing()
      return recognized(lockout, { who: who.toLowerCase(), given: new Secret(text) }, prelude)
    },
    operations: {
      update: async function logInWithPassword({ username: who }, call, shown) {
        return { login: await logIn(who.toLowerCase(), shown, call) }
      },
    },
  })
  return {
    type: 'userpass',
    mountable: 'auth',
    description: 'The userpass method authenticates users with a name and a password.',
    endpoints: [...userPaths, login],
  }
}

const missing = () => new ApiError('invalid', 'missing password')

// mostly a trailing newline from a file, which is not sent at login
const untypable = () =>
  new ApiError('invalid', 'the password has a control character in it, such as a newline')

async function existing(tx: Tx, who: string): Promise<User> {
  const user = await users.get(tx, who.toLowerCase())
  if (!user) throw new ApiError('invalid', 'username does not exist')
  return user
}

/** The hash of a new password, if one is given. @throws {ApiError} invalid, if it is empty or has control characters */
async function hashed(
  { password: text }: { readonly password: string | undefined },
  { address }: Prelude,
): Promise<PasswordHash | undefined> {
  if (text === '') throw missing()
  if (text !== undefined && /\p{Cc}/u.test(text)) throw untypable()
  return text === undefined ? undefined : hashPassword(new Secret(text), address)
}

/**
 * The stored hash of the user's password, after verifying the given one.
 * @throws {ApiError} invalid, if the password is wrong
 */
async function recognized(
  lockout: Lockout,
  { who, given }: { readonly who: string; readonly given: Secret },
  { transact, mount, address: source }: Prelude,
): Promise<PasswordHash> {
  // a hash, so that long invented names do not fill the memory
  const key = hash('sha256', JSON.stringify([mount.id, who]))
  // checked again when the hashing begins, so that concurrent guesses count
  const begin = () => lockout.requireOpen(key, mount.lockout)
  begin()
  const user = await transact(tx => users.get(tx, who))
  if (!(await isPassword(given, user?.password, { source, begin })) || !user) {
    lockout.failed(key, mount.lockout)
    throw new ApiError('invalid', 'invalid username or password')
  }
  lockout.succeeded(key)
  return user.password
}

async function logIn(who: string, shown: PasswordHash, { tx, mount }: Call): Promise<Login> {
  const user = await users.get(tx, who)
  if (!isDeepStrictEqual(user?.password, shown) || !user)
    throw new ApiError('busy', 'the password has just been changed: try again', { retryAfter: 1 })
  return {
    alias: { name: who },
    displayName: displayName(mount, who),
    metadata: { username: who },
    token: user.token,
  }
}
