import { boolean, integer, list, string, type Values } from '../../../shared/field.ts'
import { alwaysEndpoint } from '../../api/always-endpoint.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs } from '../../api/invalid-as.ts'
import type { Reply } from '../../api/reply.ts'
import type { Core } from '../../core/core.ts'
import { encodeKeys } from './encode-keys.ts'
import { readShare } from './parse-share.ts'

const founding = {
  secret_shares: integer({ default: 0, description: 'Number of shares of the unseal key.' }),
  secret_threshold: integer({ default: 0, description: 'Number of shares required to unseal.' }),
  recovery_shares: integer({
    default: 0,
    description: 'Number of shares of the recovery key, for a server with auto-unseal.',
  }),
  recovery_threshold: integer({
    default: 0,
    description: 'Number of shares required for the recovery key.',
  }),
  stored_shares: integer({ default: 0, description: 'Accepted for compatibility.' }),
  pgp_keys: list({ default: [], description: 'Not supported.' }),
  recovery_pgp_keys: list({ default: [], description: 'Not supported.' }),
  root_token_pgp_key: string({ default: '', description: 'Not supported.' }),
}

/** Initialization, unsealing and sealing. Contract §4.2. */
export const seal = (core: Core) => [
  alwaysEndpoint({
    path: 'seal-status',
    summary: 'Returns the seal status of the server.',
    description: 'A sealed server cannot decrypt its data.',
    fields: {},
    operations: {
      read: function readSealStatus() {
        return status(core)
      },
    },
  }),
  alwaysEndpoint({
    path: 'init',
    summary: 'Initializes the server, or returns whether it is initialized.',
    description:
      'Generates the keys of an empty storage and the initial root token. They are returned only once and are not stored.',
    fields: founding,
    operations: {
      read: async function readInitStatus() {
        return bare({ initialized: await core.sealing.initialized() })
      },
      update: function initializeStore(given, { isHeard }) {
        return initialize(core, given, isHeard)
      },
    },
  }),
  alwaysEndpoint({
    path: 'unseal',
    summary: 'Submits a share of the unseal key.',
    description:
      'The last required share unseals the server. Shares can be submitted in any order, in hex or base64.',
    fields: {
      key: string({ default: '', description: 'A share, in hex or base64.' }),
      reset: boolean({ default: false, description: 'Discards the shares submitted so far.' }),
      migrate: boolean({
        default: false,
        description: 'Uses the share to migrate to the seal type that is configured.',
      }),
    },
    operations: {
      update: async function addShareToUnseal({ key, reset, migrate }) {
        if (reset) core.sealing.reset()
        else await unseal(core, key, migrate)
        return status(core)
      },
    },
  }),
  endpoint({
    path: 'seal',
    sudo: true,
    summary: 'Seals the server.',
    description:
      'The server discards its keys at once, and serves nothing until it is unsealed again. Seals all workers of this node, but not other nodes. Requires sudo.',
    fields: {},
    operations: {
      update: async function sealServer() {
        return {
          async beforeSend() {
            await core.sealing.seal()
            core.log.warn({}, 'sealed by request')
          },
        }
      },
    },
  }),
]

async function status({ sealing, about }: Core): Promise<Reply> {
  const { type, initialized, sealed, threshold, shares, progress, nonce, isUnconfirmed, migrates } =
    await sealing.status()
  return bare({
    type,
    initialized,
    sealed,
    t: threshold,
    n: shares,
    progress,
    nonce,
    version: about.version,
    build_date: '',
    migration: migrates,
    ...(!sealed && { cluster_name: about.clusterName, cluster_id: about.clusterId }),
    recovery_seal: type !== 'shamir',
    ...(type !== 'shamir' && { recovery_seal_type: 'shamir' }),
    storage_type: about.storageType,
    ...(isUnconfirmed && { unconfirmed_shares: true }),
  })
}

async function initialize(
  core: Core,
  given: Values<typeof founding>,
  isHeard?: () => boolean,
): Promise<Reply> {
  const { sealing } = core
  if (!sealing.hasUndeliveredKeys && (await sealing.initialized()))
    throw new ApiError('invalid', 'Vault is already initialized')
  const recovers = sealing.type !== 'shamir'
  const stray = (recovers ? SHAMIR_FIELDS : RECOVERY_FIELDS).filter(name => given[name] !== 0)
  if (stray.length > 0)
    throw new ApiError(
      'invalid',
      `parameters ${stray.join(',')} not applicable to seal type ${sealing.type}`,
    )
  if (given.pgp_keys.length + given.recovery_pgp_keys.length > 0 || given.root_token_pgp_key !== '')
    throw new ApiError('invalid', 'shares encrypted with PGP are not supported')
  const quorum = recovers
    ? { shares: given.recovery_shares, threshold: given.recovery_threshold }
    : { shares: given.secret_shares, threshold: given.secret_threshold }
  const { shares, rootToken } = await sealing
    .initialize(quorum, isHeard)
    .catch(invalidAs('invalid seal configuration: '))
  core.log.info({}, 'initialized')
  const { hex, base64 } = encodeKeys(shares)
  return bare({
    keys: recovers ? [] : hex,
    keys_base64: recovers ? [] : base64,
    ...(recovers && { recovery_keys: hex, recovery_keys_base64: base64 }),
    root_token: rootToken.reveal(),
  })
}

const SHAMIR_FIELDS = ['secret_shares', 'secret_threshold'] as const
const RECOVERY_FIELDS = ['recovery_shares', 'recovery_threshold'] as const

async function unseal({ sealing, log }: Core, key: string, migrate: boolean): Promise<void> {
  const { sealed } = sealing
  const { migrates } = await sealing.status()
  const missing = "'key' must be specified in request body as JSON, or 'reset' set to true"
  await sealing.offer(readShare(key, missing), migrate).catch(invalidAs('unseal failed: '))
  if (!sealed || sealing.sealed) return
  if (migrates) log.warn({ type: sealing.type }, 'the seal of the storage has been replaced')
  log.info({}, 'unsealed')
}

const bare = (body: object): Reply => ({ bare: { status: 200, body } })
