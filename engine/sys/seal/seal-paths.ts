import { boolean, integer, list, string, type Values } from '../../../shared/field.ts'
import { alwaysEndpoint } from '../../api/always-endpoint.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs } from '../../api/invalid-as.ts'
import type { Reply } from '../../api/reply.ts'
import type { Core } from '../../core/core.ts'
import { inBothForms } from './encode-keys.ts'
import { readShare } from './parse-share.ts'

const founding = {
  secret_shares: integer({ default: 0, description: 'Into how many shares the key is divided.' }),
  secret_threshold: integer({ default: 0, description: 'How many shares unseal the server.' }),
  recovery_shares: integer({
    default: 0,
    description: 'The same for the recovery key of a server that unseals itself.',
  }),
  recovery_threshold: integer({ default: 0, description: 'How many shares make that key.' }),
  stored_shares: integer({ default: 0, description: 'Accepted for compatibility.' }),
  pgp_keys: list({ default: [], description: 'Not supported: shares are given out as they are.' }),
  recovery_pgp_keys: list({ default: [], description: 'Not supported.' }),
  root_token_pgp_key: string({ default: '', description: 'Not supported.' }),
}

/** How the server begins, opens and closes. Contract §4.2. */
export const seal = (core: Core) => [
  alwaysEndpoint({
    path: 'seal-status',
    summary: 'Tells whether the server is sealed.',
    description: 'A sealed server has its data, but not the key to read it.',
    fields: {},
    operations: {
      read: function readSealStatus() {
        return status(core)
      },
    },
  }),
  alwaysEndpoint({
    path: 'init',
    summary: 'Initializes the server, or tells whether it has been.',
    description:
      'Makes the keys of an empty storage and the first root token. They are shown this once, and kept nowhere.',
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
    summary: 'Takes a share of the unseal key.',
    description:
      'With the last share that is needed, the server is unsealed. Shares of several people may come in any order, in hex or base64.',
    fields: {
      key: string({ default: '', description: 'A share, in hex or base64.' }),
      reset: boolean({ default: false, description: 'Forgets the shares that have been given.' }),
      migrate: boolean({
        default: false,
        description: 'The share is for replacing the seal by the one of the configuration.',
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
      'The server forgets its keys at once, and answers nothing until it is unsealed again. Needs sudo. All workers of this node are sealed, but no other node is.',
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
  const stray = (recovers ? SECRET : RECOVERY).filter(name => given[name] !== 0)
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
  const { hex, base64 } = inBothForms(shares)
  return bare({
    keys: recovers ? [] : hex,
    keys_base64: recovers ? [] : base64,
    ...(recovers && { recovery_keys: hex, recovery_keys_base64: base64 }),
    root_token: rootToken.reveal(),
  })
}

const SECRET = ['secret_shares', 'secret_threshold'] as const
const RECOVERY = ['recovery_shares', 'recovery_threshold'] as const

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
