import { signText } from '../../../shared/ed25519.ts'
import { keySetText } from '../../../shared/verify-signature.ts'
import { privateKeyOf, type ReplyKey, type ReplyKeys } from './reply-keys.ts'

/** What each key of the set signs. */
export const keySetBytes = ({ version, keys }: ReplyKeys, mountId: string): Buffer =>
  keySetText({
    mountId,
    version,
    keys: keys.map(({ publicKey, state }) => ({ text: publicKey, state })),
  })

/** The set as hosts read it. */
export function describeKeySet(set: ReplyKeys, mountId: string): object {
  const text = keySetBytes(set, mountId)
  const keys = set.keys.map(key => describeKey(key, text))
  return { mount_id: mountId, version: set.version, keys }
}

const describeKey = (key: ReplyKey, text: Buffer) => ({
  key_id: key.id,
  public_key: key.publicKey,
  state: key.state,
  created_time: new Date(key.createdAt).toISOString(),
  signature: signText(privateKeyOf(key), text),
})
