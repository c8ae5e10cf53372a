import { openSecret, type SealedFor } from '../../../shared/sealed-secret.ts'
import { Secret } from '../../../shared/secret.ts'
import type { MountView } from '../../api/call.ts'
import { privateKeyOf, type ReplyKeys } from './reply-keys.ts'

/** What a request says of its password or token. */
interface Given extends Pick<SealedFor, 'kind'> {
  readonly plain: string
  /** The secret, encrypted for each of these keys, by their ids; `plain` then says nothing. */
  readonly sealed: Readonly<Record<string, string>> | undefined
  readonly nonce: string | undefined
}

/** The secret of a request; undefined if it is encrypted, and not for a key of this mount and for this very request. */
export function presentedSecret(
  { kind, plain, sealed, nonce }: Given,
  keys: ReplyKeys | undefined,
  { path }: Pick<MountView, 'path'>,
): Secret | undefined {
  if (!sealed) return new Secret(plain)
  const key = keys?.keys.find(({ id }) => Object.hasOwn(sealed, id))
  if (!key || nonce === undefined) return undefined
  const to = { kind, mount: path.replace(/\/$/, ''), nonce }
  return openSecret(sealed[key.id] ?? '', privateKeyOf(key), to)
}
