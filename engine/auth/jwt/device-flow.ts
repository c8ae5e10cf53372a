import type { Prelude } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs } from '../../api/invalid-as.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Config } from './config.ts'
import { configOf } from './config-paths.ts'
import { type DeviceGrant, deviceGrant, pollProvider } from './device-provider.ts'
import type { Guessing, ProviderClient } from './guessing.ts'
import type { KeySource } from './key-source.ts'
import { LOGIN_FAILED, loginFailed, stateMissing } from './login-failed.ts'
import { userOf } from './oidc-provider.ts'
import {
  type DeviceLogin,
  isDeviceLogin,
  openState,
  sealState,
  spendState,
  stateId,
} from './oidc-state.ts'
import type { PollPace } from './poll-pace.ts'
import { findRole, type Role } from './roles.ts'
import type { Claims } from './signature.ts'

/** What the device flow of all mounts shares. */
export interface DeviceFlow {
  readonly source: KeySource
  readonly guessing: Guessing
  readonly pace: PollPace
}

interface Start {
  readonly config: Config
  readonly role: Role
  readonly clientNonce: string
}

/** Where the user confirms the login, and how the client waits for that. */
interface DeviceReply {
  readonly auth_url: string
  readonly user_code?: string
  readonly state: string
  readonly poll_interval: string
}

const clientOf = ({ mount, address }: Prelude): ProviderClient => ({ mount: mount.id, address })

/** Starts a login at the provider for a client without a browser. RFC 8628. */
export async function startDeviceLogin(
  { source, guessing }: DeviceFlow,
  { config, role, clientNonce }: Start,
  prelude: Prelude,
): Promise<DeviceReply> {
  if (clientNonce === '') throw new ApiError('invalid', 'missing client_nonce')
  guessing.take(clientOf(prelude))
  const grant = await deviceGrant(source, config, role).catch(invalidAs(LOGIN_FAILED))
  const { deviceCode, interval, lifetime, authentication } = grant
  const pending: DeviceLogin = {
    role: role.name,
    clientNonce,
    at: prelude.now.getTime(),
    ...{ deviceCode, interval, lifetime, authentication },
  }
  const state = await prelude.transact(tx => sealState(tx, prelude.mount.id, pending))
  return describe(grant, state)
}

const describe = ({ url, userCode, interval }: DeviceGrant, state: string): DeviceReply => ({
  auth_url: url,
  ...(userCode !== undefined && { user_code: userCode }),
  state,
  poll_interval: String(interval),
})

interface PollFields {
  readonly state: string
  readonly client_nonce: string
}

/** A user whom the provider has confirmed, and what the login was checked with. */
export interface Confirmed {
  readonly claims: Claims
  readonly config: Config
  readonly role: Role
}

/**
 * Asks the provider whether the user has confirmed the login. The state is used up when the provider has decided.
 * @throws {ApiError} invalid: `authorization_pending` and `slow_down` as long as it has not. RFC 8628 §3.5.
 */
export async function pollDeviceLogin(
  { source, guessing, pace }: DeviceFlow,
  fields: PollFields,
  prelude: Prelude,
): Promise<Confirmed> {
  const { transact, now } = prelude
  const { config, role, pending } = await transact(tx => begunLogin(tx, fields, prelude))
  const client = clientOf(prelude)
  if (!pace.allows({ ...client, state: stateId(fields.state), interval: pending.interval }))
    throw new ApiError('invalid', 'slow_down')
  const polled = await pollProvider(source, config, pending).catch(invalidAs(LOGIN_FAILED))
  if (polled.outcome === 'pending') throw new ApiError('invalid', polled.error)
  if (polled.outcome === 'ended' && polled.error === USED_UP) throw ended(polled.error)
  await transact(async tx => {
    // another poll may have been faster
    await begunLogin(tx, fields, prelude)
    spendState(tx, fields.state, now)
  })
  if (polled.outcome === 'ended') throw ended(polled.error)
  const { tokens } = polled
  const given = { config, role, now, tokens, nonce: undefined }
  const claims = await userOf(source, given).catch(invalidAs(LOGIN_FAILED))
  guessing.undo(client)
  return { claims, config, role }
}

/** The provider has issued tokens for this code already, to a poll that came first and still has to complete the login. */
const USED_UP = 'invalid_grant'

const ended = (error: string) => new ApiError('invalid', `authorization failed: ${error}`)

/** The login that a state stands for, for the client that started it. @throws {ApiError} invalid */
async function begunLogin(tx: Tx, fields: PollFields, { mount, now }: Prelude) {
  const config = await configOf(tx)
  const pending = await openState(tx, mount.id, { state: fields.state, now })
  if (!pending || !isDeviceLogin(pending)) throw stateMissing()
  if (pending.clientNonce !== fields.client_nonce)
    throw new ApiError('invalid', 'invalid client_nonce')
  const role = await findRole(tx, pending.role)
  if (!role) throw loginFailed('Role could not be found')
  if (role.callbackMode !== 'device') throw loginFailed('The role has just been changed.')
  return { config, role, pending }
}
