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

/** What the audit log may show. */
const RECORDS = ['nonce', 'started', 'progress', 'required', 'complete', 'otp_length']

/** Bytes of a token, and so of what veils it. */
const OTP_LENGTH = newToken().reveal().length

/**
 * A root token for people who have lost theirs, and hold the key. Needs no token: their shares are what allows it. The audit log shows how
 * far it is, and neither shares nor token in any form; the token is good only when its answer has been recorded.
 */
export const generateRoot = (core: Core) => [
  ...pathsOf(core, 'generate-root', 'bare'),
  ...pathsOf(core, 'generate-root-token', 'enveloped'),
]

/** Where the form has an envelope, it takes a token with sudo as well as the shares. */
const pathsOf = (core: Core, name: string, form: Form) => [
  endpoint({
    path: `${name}/attempt`,
    ...(form === 'bare' ? { access: 'public' } : { sudo: true }),
    records: RECORDS,
    summary: 'Begins to make a root token, tells how far it is, or gives up.',
    description:
      'Shares of the unseal key, or of the recovery key, are then brought to update. The token will be veiled with the otp, which only who begins knows.',
    fields: {
      otp: string({
        default: '',
        description: 'Text as long as a token; made up when left out.',
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
        // before that, only what was begun from there is cancelled
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
    summary: 'Takes a share.',
    description: 'The last that is needed is answered with the new root token, veiled.',
    fields: {
      key: string({ default: '', required: true, description: 'A share, in hex or base64.' }),
      nonce: string({
        default: '',
        required: true,
        description: 'The nonce that the attempt began with.',
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
        const told = await status(core, { address, form, more })
        return { ...told, beforeSend: () => keep(core, token, isHeard) }
      },
    },
  }),
]

function usable(core: Core): Core {
  if (core.sealing.sealed) throw sealed()
  return core
}

interface Asked {
  readonly address: string
  readonly form: Form
  readonly more?: object
}

async function status({ sealing }: Core, { address, form, more = {} }: Asked): Promise<Reply> {
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

/** @throws {ApiError} unavailable, where the client has gone: nobody would have the token */
async function keep(
  { store, mounts, now, log }: Core,
  token: Secret,
  isHeard?: () => boolean,
): Promise<void> {
  if (isHeard?.() === false) throw new ApiError('unavailable', 'nobody waits for the token')
  const salt = mounts.at('auth/token')?.salt ?? ''
  const { accessor } = await transact(store, async tx => rootToken(tx, { salt, now: now(), token }))
  log.warn({ accessor }, 'a root token was made for the holders of the key')
}

/** As Vault's clients unveil it: base64 without padding of token and otp, added without carry. */
const veiled = (token: Buffer, otp: Buffer): string =>
  Buffer.from(token.map((byte, at) => byte ^ (otp[at] ?? 0)))
    .toString('base64')
    .replace(/=+$/, '')
