import { randomUUID } from 'node:crypto'
import { ask, memberOf } from './client.ts'
import type { Connection } from './connection.ts'

/** What {@link prepareMixed} has made in a server. */
export interface Prepared {
  /** The root token. */
  readonly token: string
  /** A token whose policies allow nothing. */
  readonly stranger: string
  readonly roleId: string
  readonly secretId: string
  /** A public key for certificates. */
  readonly publicKey: string
}

export const USER = { name: 'ann', password: 'correct horse battery staple' } as const
/** An address that the role `web` covers. */
const LOGIN = { ip: '10.1.2.3' }

type Task = (connection: Connection, prepared: Prepared) => Promise<unknown>

const logIn = async (connection: Connection, path: string, data: object) =>
  memberOf(await ask(connection, { verb: 'PUT', path, data }), 'client_token')

const revokeSelf = (connection: Connection, token: string) =>
  ask(connection, { verb: 'PUT', path: 'auth/token/revoke-self', token })

const creds = (connection: Connection, token: string) =>
  ask(connection, { verb: 'PUT', path: 'ssh/creds/web', data: LOGIN, token })

/** Of a hundred tasks, how many are of each kind; and what each does. Credentials that it leaves expire within a minute. */
export const TASKS: Readonly<Record<string, readonly [share: number, task: Task]>> = {
  'password, redeemed': [
    28,
    async (connection, { token }) => {
      const otp = memberOf(await creds(connection, token), 'key')
      await ask(connection, { verb: 'PUT', path: 'ssh/verify', data: { otp } })
    },
  ],
  'password, left to expire': [2, (connection, { token }) => creds(connection, token)],
  'wrong password, refused': [
    5,
    connection => {
      const data = { otp: randomUUID() }
      return ask(connection, { verb: 'PUT', path: 'ssh/verify', data, refusal: 400 })
    },
  ],
  'lease made, looked up and revoked': [
    6,
    async (connection, { token }) => {
      const data = { lease_id: memberOf(await creds(connection, token), 'lease_id') }
      await ask(connection, { verb: 'PUT', path: 'sys/leases/lookup', data, token })
      await ask(connection, { verb: 'PUT', path: 'sys/leases/revoke', data, token })
    },
  ],
  certificate: [
    16,
    (connection, { token, publicKey: public_key }) =>
      ask(connection, { verb: 'PUT', path: 'ssh/sign/user', data: { public_key }, token }),
  ],
  'key revocation list': [8, connection => ask(connection, { verb: 'GET', path: 'ssh/krl' })],
  'roles listed': [
    8,
    (connection, { token }) => ask(connection, { verb: 'LIST', path: 'ssh/roles', token }),
  ],
  'role read': [
    8,
    (connection, { token }) => ask(connection, { verb: 'GET', path: 'ssh/roles/web', token }),
  ],
  'roles of an address': [
    6,
    (connection, { token }) =>
      ask(connection, { verb: 'PUT', path: 'ssh/lookup', data: LOGIN, token }),
  ],
  'login of a machine, with a password, revoked': [
    5,
    async (connection, { roleId: role_id, secretId: secret_id }) => {
      const token = await logIn(connection, 'auth/approle/login', { role_id, secret_id })
      await creds(connection, token)
      await revokeSelf(connection, token)
    },
  ],
  'login of a machine, left to expire': [
    2,
    (connection, { roleId: role_id, secretId: secret_id }) =>
      logIn(connection, 'auth/approle/login', { role_id, secret_id }),
  ],
  'login of a user, revoked': [
    1,
    async connection => {
      const { name, password } = USER
      const token = await logIn(connection, `auth/userpass/login/${name}`, { password })
      await ask(connection, { verb: 'GET', path: 'auth/token/lookup-self', token })
      await revokeSelf(connection, token)
    },
  ],
  'role read without a policy, refused': [
    5,
    (connection, { stranger: token }) =>
      ask(connection, { verb: 'GET', path: 'ssh/roles/web', token, refusal: 403 }),
  ],
}
