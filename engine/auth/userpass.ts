import { name, string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import { ApiError } from '../api/errors.ts'
import type { Login, TokenSettings } from '../api/login.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { displayName } from './display-name.ts'
import { Lockout } from './lockout.ts'
import { hashPassword, isPassword, type PasswordHash } from './password-hash.ts'
import { describeTokenSettings, tokenFields, tokenSettings } from './token-fields.ts'

interface User {
  readonly password: PasswordHash
  readonly token: TokenSettings
}

const users = new Table<User>('user/')

const username = name({ default: '', description: 'Name of the user, in any case.' })
const password = string({ description: 'The password.' })

const userPaths = [
  endpoint({
    path: 'users',
    summary: 'Lists the users.',
    description: 'Answers with their names.',
    fields: {},
    operations: {
      async list(_, { tx }) {
        const keys = await users.list(tx)
        if (keys.length === 0) throw new ApiError('missing')
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
    description: 'Only what is sent is changed. Tokens that were given out stay as they are.',
    fields: { ...tokenFields, username, password },
    operations: {
      async read({ username: who }, { tx }) {
        const user = await users.get(tx, who.toLowerCase())
        if (!user) throw new ApiError('missing')
        return { data: describeTokenSettings(user.token) }
      },
      async update({ username: who, password: text, ...given }, { tx, address }) {
        const old = await users.get(tx, who.toLowerCase())
        if (text === '' || (text === undefined && !old)) throw missing()
        const token = tokenSettings(given, old?.token)
        const hash =
          text === undefined ? old?.password : await hashPassword(new Secret(text), address)
        if (hash) users.put(tx, who.toLowerCase(), { password: hash, token })
        return undefined
      },
      async delete({ username: who }, { tx }) {
        users.delete(tx, who.toLowerCase())
        return undefined
      },
    },
  }),
  endpoint({
    path: 'users/:username/password',
    anyCase: true,
    summary: 'Changes the password of a user.',
    description: 'Tokens that were given out stay good.',
    fields: { username, password },
    operations: {
      async update({ username: who, password: text }, { tx, address }) {
        const user = await existing(tx, who)
        if (!text) throw missing()
        const hash = await hashPassword(new Secret(text), address)
        users.put(tx, who.toLowerCase(), { ...user, password: hash })
        return undefined
      },
    },
  }),
  endpoint({
    path: 'users/:username/policies',
    anyCase: true,
    summary: 'Changes the policies of a user.',
    description: 'Tokens that were given out keep theirs.',
    fields: {
      username,
      token_policies: tokenFields.token_policies,
      policies: tokenFields.policies,
    },
    operations: {
      async update({ username: who, ...given }, { tx }) {
        const user = await existing(tx, who)
        const token = tokenSettings(given, user.token)
        users.put(tx, who.toLowerCase(), { ...user, token })
        return undefined
      },
    },
  }),
]

/** The auth method of names and passwords. Contract §4.9. */
export function userpass(): Engine {
  const lockout = new Lockout()
  const login = endpoint({
    path: 'login/:username',
    access: 'public',
    summary: 'Logs a user in.',
    description:
      'Answers with a token. After five wrong passwords the name is locked for a quarter of an hour.',
    fields: { username, password },
    operations: {
      async update({ username: who, password: text }, call) {
        if (!text) throw missing()
        return { login: await logIn(lockout, who.toLowerCase(), new Secret(text), call) }
      },
    },
  })
  return {
    type: 'userpass',
    mountable: 'auth',
    description: 'The userpass method logs people in by a name and a password.',
    revoke: {},
    endpoints: [...userPaths, login],
  }
}

const missing = () => new ApiError('invalid', 'missing password')

async function existing(tx: Tx, who: string): Promise<User> {
  const user = await users.get(tx, who.toLowerCase())
  if (!user) throw new ApiError('invalid', 'username does not exist')
  return user
}

async function logIn(
  lockout: Lockout,
  who: string,
  given: Secret,
  { tx, now, mount, address: source }: Call,
): Promise<Login> {
  // what strangers make up must not fill the memory
  const key = `${mount.id}/${who.slice(0, 256)}`
  // looked at when its turn has come, so that guesses that were made at the same time count
  const begin = () => lockout.requireOpen(key, now)
  begin()
  const user = await users.get(tx, who)
  if (!(await isPassword(given, user?.password, { source, begin })) || !user) {
    lockout.failed(key, now)
    throw new ApiError('invalid', 'invalid username or password')
  }
  lockout.succeeded(key)
  return {
    alias: { name: who },
    displayName: displayName(mount, who),
    metadata: { username: who },
    token: user.token,
  }
}
