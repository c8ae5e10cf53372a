import { randomUUID } from 'node:crypto'
import { isSignedBy } from '../../shared/ed25519.ts'
import { bodyDigest } from '../../shared/host-signature.ts'
import { listText } from '../../shared/list-signature.ts'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { trustedKeys } from '../verify-keys.ts'
import { askEngine, type EngineReply, type EngineRequest, requireStatus } from './engine-request.ts'

interface Fetch extends Pick<EngineRequest, 'headers' | 'report'> {
  /** Below the mount. */
  readonly path: string
  /** Statuses that answer the request. */
  readonly expected: readonly number[]
  /** For messages. */
  readonly what: string
}

/**
 * Fetches a list that sshd of this host will go by. Where `verify_keys` is set, it must be signed for this very request: whoever has a
 * certificate that the host trusts could name a CA of their own, or have a revocation forgotten.
 * @throws {Refusal}
 */
export async function fetchList(
  config: Config,
  { path, expected, what, ...asked }: Fetch,
): Promise<EngineReply> {
  const keys = trustedKeys(config)
  const nonce = randomUUID()
  const reply = await askEngine(config, { method: 'GET', path, nonce, ...asked })
  requireStatus(reply, expected, what)
  if (!keys) return reply
  const { signature, status, body } = reply
  const key = signature && keys.find(({ id }) => id === signature.keyId)
  if (!signature || !key)
    throw new Refusal('protocol', `${what}: the answer is not signed with one of verify_keys`)
  // a proxy may have made it a weak one
  const etag = reply.etag?.replace(/^W\//, '') ?? ''
  const said = { mount: config.mount, nonce, path, status, etag, bodyDigest: bodyDigest(body) }
  if (!isSignedBy(key, listText(said), signature.text))
    throw new Refusal('protocol', `${what}: the signature is not that of this answer`)
  return reply
}
