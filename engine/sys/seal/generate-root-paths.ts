import { string } from '../../../shared/field.ts'
import type { Secret } from '../../../shared/secret.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import type { Core } from '../../core/core.ts'
import { randomText } from '../../core/random-text.ts'
import { sealed } from '../../core/request/envelope.ts'
import { sourceOf } from '../../limit/client-network.ts'
import { transact } from '../../storage/transact.ts'
import { newToken } from '../../token/tokens.ts'
import { answer, type Form, requireToken } from './ceremony-form.ts'
import { readShare } from './parse-share.ts'
import { rootToken } from './root-token.ts'

/** Keys that the audit log shows. */
const RECORDS = ['nonce', 'started', 'progress', 'required', 'complete', 'otp_length']

/** Length of a token in bytes, and so of the OTP that encodes it. */
const OTP_LENGTH = newToken().reveal().length

/**
 * Generates a root token for holders of shares. It requires no token: a quorum of shares authorizes it. The audit log shows the progress,
 * but neither shares nor the token in any form. The token becomes valid only after its response was recorded.
 */
export const generateRoot = (core: Core) => [
  ...pathsOf(core, 'generate-root', 'bare'),
  ...pathsOf(core, 'generate-root-token', 'enveloped'),
]

/** The enveloped form requires a token with sudo in addition to the shares. */
const pathsOf = (core: Core, name: string, form: Form) => [
  endpoint({
    path: `${name}/attempt`,
    ...(form === 'bare' ? { access: 'public' } : { sudo: true }),
    records: RECORDS,
    summary: 'Starts, reads or cancels the generation of a root token.',
    description:
      'Shares of the unseal key or recovery key are then submitted to update. The token is returned encoded with the otp, which is known only to the client that started the attempt.',
    fields: {
      otp: string({
        default: '',
        description:
          'One-time pad that encodes the token, as long as a token. Generated if not set.',
      }),
      pgp_key: string({ default: '', description: 'Not supported: use an otp.' }),
    },
    operations: {
      read: async function readRootAttempt(_, { address }) {
        return status(usable(core), { address, form })
      },
      update: async function startRootAttempt({ otp: given, pgp_key: pgp }, { address }) {
        const { rootGeneration } = usable(core).sealing
        if (pgp !== '') throw new ApiError('invalid', 'PGP is not supported: use an otp')
        const otp = given === '' ? randomText(OTP_LENGTH) : given
        if (Buffer.byteLength(otp) !== OTP_LENGTH)
          throw new ApiError('invalid', 'OTP string is wrong length')
        rootGeneration.begin(Buffer.from(otp), sourceOf(address))
        return status(core, { address, form, more: given === '' ? { otp } : {} })
      },
      delete: async function cancelRootAttempt(_, call) {
        // before the first valid share, a client can cancel only the attempt of its own network
        if (usable(core).sealing.rootGeneration.isGood)
          await requireToken(core, { form, call, operation: 'delete' })
        usable(core).sealing.rootGeneration.cancel(sourceOf(call.address))
        return undefined
      },
    },
  }),
  endpoint({
    path: `${name}/update`,
    ...(form === 'bare' ? { access: 'public' } : { sudo: true }),
    records: RECORDS,
    summary: 'Submits a share.',
    description: 'The response to the last required share has the encoded root token.',
    fields: {
      key: string({ default: '', required: true, description: 'A share, in hex or base64.' }),
      nonce: string({
        default: '',
        required: true,
        description: 'The nonce of the attempt.',
      }),
    },
    operations: {
      update: async function addShareToRootAttempt({ key, nonce }, { address, isHeard }) {
        const { rootGeneration } = usable(core).sealing
        const otp = await rootGeneration.offer(nonce, readShare(key))
        if (!otp) return status(core, { address, form })
        const { threshold: progress } = await core.sealing.authority.quorum()
        const token = newToken()
        const encoded = veiled(Buffer.from(token.reveal()), otp)
        const over = { nonce, progress, complete: true, started: true }
        const more = { ...over, encoded_token: encoded, encoded_root_token: encoded }
        const reply = await status(core, { address, form, more })
        return { ...reply, beforeSend: () => keep(core, token, isHeard) }
      },
    },
  }),
]

function usable(core: Core): Core {
  if (core.sealing.sealed) throw sealed()
  return core
}

interface StatusRequest {
  readonly address: string
  readonly form: Form
  readonly more?: object
}

async function status(
  { sealing }: Core,
  { address, form, more = {} }: StatusRequest,
): Promise<Reply> {
  const attempt = sealing.rootGeneration.attemptFor(sourceOf(address))
  const { threshold: required } = await sealing.authority.quorum()
  const body = {
    nonce: attempt?.ceremony.nonce ?? '',
    started: attempt !== undefined,
    progress: attempt?.ceremony.progress ?? 0,
    required,
    complete: false,
    encoded_token: '',
    encoded_root_token: '',
    pgp_fingerprint: '',
    otp: '',
    otp_length: OTP_LENGTH,
    ...more,
  }
  return answer(form, body)
}

/** Stores the token. @throws {ApiError} unavailable, if the client has disconnected and would not receive it */
async function keep(
  { store, mounts, now, log }: Core,
  token: Secret,
  isHeard?: () => boolean,
): Promise<void> {
  if (isHeard?.() === false) throw new ApiError('unavailable', 'the client has disconnected')
  const salt = mounts.at('auth/token')?.salt ?? ''
  const { accessor } = await transact(store, async tx => rootToken(tx, { salt, now: now(), token }))
  log.warn({ accessor }, 'a root token was generated with a quorum of shares')
}

/** The token encoded as Vault's clients expect: token XOR OTP, in base64 without padding. */
const veiled = (token: Buffer, otp: Buffer): string =>
  Buffer.from(token.map((byte, at) => byte ^ (otp[at] ?? 0)))
    .toString('base64')
    .replace(/=+$/, '')
