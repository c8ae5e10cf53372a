import { boolean, integer, list, string } from '../../../shared/field.ts'
import { callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs } from '../../api/invalid-as.ts'
import type { Reply } from '../../api/reply.ts'
import type { Core } from '../../core/core.ts'
import { sealed } from '../../core/request/envelope.ts'
import type { Rekey } from '../../seal/rekeying.ts'
import { answer, type Form, requireToken } from './ceremony-form.ts'
import { encodeKeys } from './encode-keys.ts'
import { readShare } from './parse-share.ts'

const share = {
  key: string({ default: '', required: true, description: 'A share, in hex or base64.' }),
  nonce: string({
    default: '',
    required: true,
    description: 'The nonce that init returned.',
  }),
}

/**
 * Replaces the shares of the unseal key, or at other paths of the recovery key. Starting and cancelling require a token, so that nobody
 * can collect shares that are meant for another ceremony. Submitting a share requires none. Shares are never audited, as in Vault, since
 * a device that does not hash would store them.
 */
export const rekey = (core: Core) =>
  PLACES.flatMap(({ name, form }) => [
    endpoint({
      path: `${name}/init` as const,
      access: form === 'bare' ? 'optional' : 'token',
      records: RECORDS,
      summary: 'Starts, reads or cancels a rekey.',
      description:
        'Shares of the old key are then submitted to update. With require_verification, the new shares must be submitted to verify before they become valid.',
      fields: {
        secret_shares: integer({
          default: 0,
          required: true,
          description: 'Number of new shares.',
        }),
        secret_threshold: integer({
          default: 0,
          required: true,
          description: 'Number of new shares that are required.',
        }),
        require_verification: boolean({
          default: false,
          description: 'Keeps the old shares valid until the new ones are verified.',
        }),
        pgp_keys: list({ default: [], description: 'Not supported.' }),
        backup: boolean({ default: false, description: 'Not supported.' }),
      },
      operations: {
        read: async function readRekey() {
          return status(usable(core, name), form)
        },
        update: async function startRekey(given, call) {
          callerOf(call)
          const { rekeying } = usable(core, name).sealing
          if (given.pgp_keys.length > 0 || given.backup)
            throw new ApiError('invalid', 'shares encrypted with PGP are not supported')
          const quorum = { shares: given.secret_shares, threshold: given.secret_threshold }
          try {
            rekeying.begin(quorum, { verifies: given.require_verification })
          } catch (error) {
            invalidAs('invalid rekey seal configuration: ')(error)
          }
          return status(core, form)
        },
        delete: async function cancelRekey(_, call) {
          callerOf(call)
          usable(core, name).sealing.rekeying.cancel()
          return undefined
        },
      },
    }),
    endpoint({
      path: `${name}/update` as const,
      access: form === 'bare' ? 'public' : 'token',
      records: RECORDS,
      summary: 'Submits a share of the old key.',
      description: 'The response to the last required share has the new shares.',
      fields: share,
      operations: {
        update: async function addShareToRekey({ key, nonce }, { isHeard }) {
          const { rekeying } = usable(core, name).sealing
          const shares = await rekeying.offer(nonce, readShare(key))
          if (!shares) return status(core, form)
          const verifies = rekeying.current?.verifies ?? false
          return {
            ...answer(form, completed(shares, rekeying.current, nonce)),
            async beforeSend() {
              if (!verifies) {
                if (isHeard?.() === false) rekeying.cancel()
                await rekeying.settle(nonce)
              }
              core.log.warn({ counts: !verifies }, 'new unseal or recovery shares were generated')
              if (!verifies) core.log.warn({}, UNCONFIRMED)
            },
          }
        },
      },
    }),
    endpoint({
      path: `${name}/verify` as const,
      access: form === 'bare' ? 'public' : 'token',
      records: RECORDS,
      summary: 'Submits a share of the new key, which becomes valid with the last required one.',
      description:
        'Deleting the verification requires a token, and starts it again from the first share.',
      fields: share,
      operations: {
        read: async function readRekeyVerification() {
          return verification(usable(core, name), form)
        },
        update: async function verifyRekey({ key, nonce }) {
          const { rekeying } = usable(core, name).sealing
          if (!rekeying.current?.fresh && (await rekeying.confirmation())) {
            if (!(await rekeying.confirm(nonce, readShare(key)))) return verification(core, form)
            core.log.warn(
              {},
              'the new shares have been confirmed: the old ones are no longer valid',
            )
            return answer(form, { nonce, complete: true })
          }
          if (!(await rekeying.verify(nonce, readShare(key)))) return verification(core, form)
          return {
            ...answer(form, { nonce, complete: true }),
            async beforeSend() {
              await rekeying.settle(nonce)
              core.log.warn({}, 'the new shares have been verified and are valid')
            },
          }
        },
        delete: async function restartRekeyVerification(_, call) {
          await requireToken(core, { form, call, operation: 'delete' })
          usable(core, name).sealing.rekeying.restartVerification()
          return verification(core, form)
        },
      },
    }),
  ])

/** Keys that the audit log shows. */
const RECORDS = [
  ...['nonce', 'verification_nonce', 'started', 'progress', 'required', 'complete', 't', 'n'],
  ...['secret_shares', 'secret_threshold', 'require_verification', 'verification_required'],
]

/** The paths, and the seal type that each is for. */
const PLACES = [
  { name: 'rekey', seal: 'shamir', form: 'bare' },
  { name: 'rekey-recovery-key', seal: 'file', form: 'bare' },
  { name: 'rotate/root', seal: 'shamir', form: 'enveloped' },
  { name: 'rotate/recovery', seal: 'file', form: 'enveloped' },
] as const

/** @throws {ApiError} if the server is sealed, or has another type of seal */
function usable(core: Core, name: string): Core {
  const { sealing } = core
  if (sealing.sealed) throw sealed()
  const place = PLACES.find(each => each.name === name)
  if (place?.seal === sealing.type) return core
  const right = PLACES.find(({ seal, form }) => seal === sealing.type && form === place?.form)
  throw new ApiError(
    'invalid',
    `a server with a seal of type "${sealing.type}" is rekeyed at sys/${right?.name}`,
  )
}

async function status({ sealing }: Core, form: Form): Promise<Reply> {
  const { current } = sealing.rekeying
  const { threshold: required } = await sealing.authority.quorum()
  return answer(form, {
    nonce: current?.old.nonce ?? '',
    started: current !== undefined,
    t: current?.threshold ?? 0,
    n: current?.shares ?? 0,
    progress: current?.old.progress ?? 0,
    required,
    pgp_fingerprints: null,
    backup: false,
    verification_required: current?.verifies ?? false,
    ...(current?.verifies && current.fresh && { verification_nonce: current.fresh.ceremony.nonce }),
  })
}

function completed(shares: readonly Buffer[], current: Rekey | undefined, nonce: string): object {
  const { hex, base64 } = encodeKeys(shares)
  return {
    nonce,
    complete: true,
    keys: hex,
    keys_base64: base64,
    pgp_fingerprints: null,
    backup: false,
    verification_required: current?.verifies ?? false,
    ...(current?.verifies && current.fresh && { verification_nonce: current.fresh.ceremony.nonce }),
    ...(!current?.verifies && { warnings: [UNCONFIRMED] }),
  }
}

const UNCONFIRMED =
  'the old shares stay valid beside the new ones until a quorum of the new ones has been submitted once, to rekey/verify or to unseal'

async function verification({ sealing }: Core, form: Form): Promise<Reply> {
  const { current } = sealing.rekeying
  const waiting = current?.fresh ? undefined : await sealing.rekeying.confirmation()
  if (waiting) {
    const { nonce, threshold: t, shares: n, progress } = waiting
    return answer(form, { nonce, started: true, t, n, progress })
  }
  if (!current?.fresh || !current.verifies)
    throw new ApiError('invalid', 'no rekey verification in progress')
  const { nonce, progress } = current.fresh.ceremony
  const { threshold: t, shares: n } = current
  return answer(form, { nonce, started: true, t, n, progress })
}
