import { openOtp } from '../../../shared/sealed-otp.ts'
import { Secret } from '../../../shared/secret.ts'
import type { MountView } from '../../api/call.ts'
import { privateKeyOf, type ReplyKeys } from './reply-keys.ts'

/** What a request says of its password. */
interface Given {
  readonly otp: string
  /** The password, encrypted for each of these keys, by their ids; `otp` then says nothing. */
  readonly sealed: Readonly<Record<string, string>> | undefined
  readonly nonce: string | undefined
}

/** The password of a request; undefined if it is encrypted, and not for a key of this mount and for this very request. */
export function presentedOtp(
  { otp, sealed, nonce }: Given,
  keys: ReplyKeys | undefined,
  { path }: Pick<MountView, 'path'>,
): Secret | undefined {
  if (!sealed) return new Secret(otp)
  const key = keys?.keys.find(({ id }) => Object.hasOwn(sealed, id))
  if (!key || nonce === undefined) return undefined
  return openOtp(sealed[key.id] ?? '', privateKeyOf(key), { mount: path.replace(/\/$/, ''), nonce })
}
