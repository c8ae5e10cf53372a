import { packagedFile } from '../../../../shared/packaged-file.ts'
import { Secret } from '../../../../shared/secret.ts'
import type { Client } from '../../client.ts'
import type { JsonObject } from '../../envelope.ts'
import { during, Failure } from '../../failure.ts'
import { dataOf } from '../../reply.ts'
import type { EngineClients } from './engine-client.ts'
import type { Installation } from './installation.ts'
import { PATHS } from './setup-paths.ts'
import type { SetupStep } from './setup-step.ts'

/** The first administrator. */
export interface Administrator {
  readonly name: string
  readonly password: Secret
}

export interface FirstSteps {
  readonly installation: Installation
  readonly client: EngineClients
  readonly quorum: { readonly shares: number; readonly threshold: number }
  /** Shows the only copy of the shares and of the root token; resolves when they have been written. */
  readonly show: (keys: JsonObject) => Promise<void>
  /** The root token of an earlier run. @throws {Failure} if nobody has it */
  readonly askRootToken: () => Promise<Secret>
  /** Undefined if it has been created by an earlier run. */
  readonly administrator: Administrator | undefined
}

/** Policy of the first administrator. */
const ADMIN = 'admin'

const ADMIN_TOKEN_TTL = '8h'

/** The steps after the start: keys, audit log, and an administrator in place of the root token. */
export function firstSteps(parts: FirstSteps): readonly SetupStep[] {
  let known: Promise<Client> | undefined
  /** A client with the root token, which is asked for once. */
  const root = (token?: Secret) => {
    known ??= token ? Promise.resolve(parts.client(token)) : asked(parts)
    return known
  }
  return [
    initialize(parts, root),
    audit(parts, root),
    administrator(parts, root),
    revokeRoot(parts, root),
  ]
}

type Root = (token?: Secret) => Promise<Client>

async function asked({ askRootToken, client }: FirstSteps): Promise<Client> {
  const root = client(await askRootToken())
  const data = await dataOf('Error verifying the root token', root.read('auth/token/lookup-self'))
  if (JSON.stringify(data.policies) !== '["root"]') throw new Failure('this is no root token')
  return root
}

const NEVER_SHOWN = `an earlier run was cut short after it had initialized the engine and before it had shown the shares, so nobody has them. Nothing is in the engine yet: run "postern operator setup -undo -delete-data", then this command again`

const initialize = (parts: FirstSteps, root: Root): SetupStep => ({
  name: 'initialization',
  what: `create the keys of the storage, show ${parts.quorum.shares} shares of the recovery key once, ${parts.quorum.threshold} of which are needed together`,
  isDone: () => parts.installation.has('initialized'),
  async run() {
    const { installation, quorum, show } = parts
    const client = parts.client()
    const { initialized } = await dataOf('Error checking initialization', client.read('sys/init'))
    if (initialized === true) {
      if (installation.has('initializing')) throw new Failure(NEVER_SHOWN)
      installation.reach('initialized')
      return 'somebody else has initialized it'
    }
    installation.reach('initializing')
    const keys = await dataOf(
      'Error initializing',
      client.write('sys/init', {
        recovery_shares: quorum.shares,
        recovery_threshold: quorum.threshold,
      }),
    )
    await show(keys)
    installation.reach('initialized')
    await root(new Secret(String(keys.root_token)))
    return undefined
  },
})

/** The configuration declares a device, which an administrator may have removed from it. */
const audit = ({ installation }: FirstSteps, root: Root): SetupStep => ({
  name: 'audit log',
  what: `see that the engine records every request in ${PATHS.log}`,
  isDone: () => installation.has('finished'),
  async run() {
    const client = await root()
    const devices = await during('Error listing audit devices', client.read('sys/audit'))
    if (Object.keys(devices?.data ?? {}).length > 0) return undefined
    const options = { file_path: `${PATHS.log}/audit.log` }
    await during(
      'Error enabling the audit device',
      client.write('sys/audit/file', { type: 'file', options }),
    )
    return undefined
  },
})

const administrator = (parts: FirstSteps, root: Root): SetupStep => ({
  name: 'administrator',
  what: `create the policy "${ADMIN}", the auth method userpass, and the first administrator`,
  isDone: () => parts.installation.has('administrator created'),
  async run() {
    const { administrator: made, client, installation } = parts
    if (!made) throw new Failure('no administrator is named: set -admin=NAME')
    const by = await root()
    const policy = { policy: packagedFile('policies/admin.hcl') }
    await during('Error writing the policy', by.write(`sys/policies/acl/${ADMIN}`, policy))
    await during('Error enabling userpass', enableUserpass(by))
    const password = made.password.reveal()
    const user = { password, token_policies: ADMIN, token_ttl: ADMIN_TOKEN_TTL }
    const path = `auth/userpass/users/${encodeURIComponent(made.name)}`
    await during('Error creating the administrator', by.write(path, user))
    await logIn(client, made)
    installation.reach('administrator created')
    return undefined
  },
})

async function enableUserpass(client: Client): Promise<void> {
  const mounts = await client.read('sys/auth')
  if (!Object.hasOwn(mounts?.data ?? {}, 'userpass/'))
    await client.write('sys/auth/userpass', { type: 'userpass' })
}

/** Shows that the administrator can do everything, before the root token is given up. */
async function logIn(client: EngineClients, { name, password }: Administrator): Promise<void> {
  const what = 'Error logging in as the administrator'
  const path = `auth/userpass/login/${encodeURIComponent(name)}`
  const reply = await during(what, client().write(path, { password: password.reveal() }))
  if (!reply?.auth) throw new Failure(`${what}: unexpected response of the server`)
  const own = client(new Secret(reply.auth.client_token))
  await during(what, own.read(`sys/policies/acl/${ADMIN}`))
  await during(what, own.write('auth/token/revoke-self', {}))
}

const revokeRoot = ({ installation }: FirstSteps, root: Root): SetupStep => ({
  name: 'root token',
  what: 'revoke the root token: from now on the administrator is enough',
  isDone: () => installation.has('finished'),
  async run() {
    const client = await root()
    await during('Error revoking the root token', client.write('auth/token/revoke-self', {}))
    installation.reach('finished')
    return undefined
  },
})
