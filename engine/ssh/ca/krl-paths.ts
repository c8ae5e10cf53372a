import { bodyDigest } from '../../../shared/host-signature.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { isKnownTag } from '../../api/known-tag.ts'
import type { Response } from '../../api/request.ts'
import { encodeKrl } from '../../openssh/krl.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'
import { Missing } from '../../storage/kept-table.ts'
import { requireHost } from '../host/authenticate-host.ts'
import type { SeenHosts } from '../host/seen-hosts.ts'
import { listHeaders } from '../otp/signed-list.ts'
import { type KrlState, krlState } from './krl-version.ts'
import { allRevokedAuthorities, otherRevocations } from './revocations.ts'
import { serialsByIssuer } from './revoked-serials.ts'
import type { Place } from './revoked-state.ts'

interface Encoded {
  readonly bytes: Buffer
  readonly bodyDigest: string
}

interface Made {
  readonly etag: string
  /** Concurrent requests share one encoding. */
  readonly list: Promise<Encoded>
}

/** The newest list of each mount, by mount id. It is used only if its ETag is that of the stored state. */
const made = new Map<string, Made>()

/** Mounts whose lists are kept in memory. */
const KEPT = 16

/** `krl`: the file for sshd's RevokedKeys, without authentication: a list of revoked keys is not a secret. */
export const krl = (seen: SeenHosts) =>
  endpoint({
    path: 'krl',
    access: 'public',
    summary: 'Returns the key revocation list (KRL) for sshd.',
    description:
      "Returns a file for RevokedKeys of sshd, in OpenSSH's binary format. The ETag changes with every revocation; a request with If-None-Match is answered 304 if nothing has changed. The answer to a request with X-Postern-Nonce is signed.",
    fields: {},
    operations: {
      read: async function readKrl(_, call) {
        await requireHost(call, seen)
        const { mount, ifNoneMatch, now } = call
        const state = await krlState(call.tx)
        // not the version alone: concurrent revocations can share one, and a restored store counts it again
        const etag = `"${mount.id}.${state.version}.${state.tag}"`
        const list = { mount: mount.path, version: state.version, fetchedAt: now }
        const event = (reason: string) => ({ name: 'krl_fetched', reason, list }) as const
        // version 0 may mean that all versions were deleted from the storage, which making the list detects
        const first = state.version === 0 ? make(call, state) : undefined
        await first
        if (isKnownTag(etag, ifNoneMatch))
          return { bare: await unchanged(call, etag), event: event('known') }
        const known = made.get(mount.id)
        const encoded = first ?? (known?.etag === etag ? known.list : make(call, state))
        remember(mount.id, { etag, list: encoded })
        const { bytes, bodyDigest } = await encoded
        const headers = await listHeaders(call, { status: 200, etag, bodyDigest })
        return { bare: { status: 200, body: bytes, headers }, event: event('new') }
      },
    },
  })

async function unchanged(call: Call, etag: string): Promise<Response> {
  const headers = await listHeaders(call, { status: 304, etag, bodyDigest: bodyDigest('') })
  return { status: 304, body: undefined, headers }
}

async function make(place: Place, state: KrlState): Promise<Encoded> {
  const bytes = encodeKrl(await listOf(place, state))
  return { bytes, bodyDigest: bodyDigest(bytes) }
}

function remember(mount: string, newest: Made): void {
  made.delete(mount)
  made.set(mount, newest)
  newest.list.catch(() => {
    if (made.get(mount) === newest) made.delete(mount)
  })
  const [oldest] = made.keys()
  if (made.size > KEPT && oldest !== undefined) made.delete(oldest)
}

async function listOf(place: Place, { version, changedAt, byOlder }: KrlState) {
  const others = await otherRevocations(place)
  const revoked = await allRevokedAuthorities(place)
  const serials = []
  // the key of a revoked issuer in the list revokes all that it has signed
  for (const { id, publicKey, serials: own } of await serialsByIssuer(place, byOlder))
    if (!revoked.some(each => each.id === id))
      serials.push({ authority: parsePublicKey(publicKey).blob, serials: await own() })
  // hosts would refuse every later list
  if (version === 0 && others.length + revoked.length + serials.length > 0)
    throw new Missing(`${place.mount.path}revoked/change`, undefined)
  return {
    version: BigInt(version),
    generatedAt: Math.floor(changedAt / 1000),
    serials,
    keyIds: others.filter(({ kind }) => kind === 'key_id').map(({ value }) => value),
    keys: revoked.map(({ publicKey }) => parsePublicKey(publicKey).blob),
    fingerprints: others
      .filter(({ kind }) => kind === 'fingerprint')
      .map(({ value }) => Buffer.from(value.replace(/^SHA256:/, ''), 'base64')),
  }
}
