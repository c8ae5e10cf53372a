import { endpoint } from '../../api/endpoint.ts'
import { encodeKrl } from '../../openssh/krl.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'
import { Missing } from '../../storage/kept-table.ts'
import { type KrlState, krlState } from './krl-version.ts'
import { allRevokedAuthorities, otherRevocations } from './revocations.ts'
import { serialsByIssuer } from './revoked-serials.ts'
import type { Place } from './revoked-state.ts'

interface Made {
  readonly etag: string
  /** Of those who ask at the same time, the first has it made. */
  readonly list: Promise<Buffer>
}

/** The list that was made last, by id of the mount. It is a function of what is stored, and its version says whether it still holds. */
const made = new Map<string, Made>()

/** Mounts whose lists are kept in memory. */
const KEPT = 16

/** `krl`: what sshd's RevokedKeys must know, for anybody, since a list of revoked keys is no secret. */
export const krl = endpoint({
  path: 'krl',
  access: 'public',
  summary: 'Gives the key revocation list for sshd.',
  description:
    'Answers with a file for RevokedKeys of sshd, in the binary form of OpenSSH. Its ETag changes with every revocation, so that asking again costs nothing while nothing has changed.',
  fields: {},
  operations: {
    read: async function readKrl(_, call) {
      const { mount, ifNoneMatch, now } = call
      const state = await krlState(call.tx)
      // not the version alone: two that revoke at once share one, and a restored store counts a second time
      const etag = `"${mount.id}.${state.version}.${state.tag}"`
      const told = { mount: mount.path, version: state.version, fetchedAt: now }
      const event = (reason: string) => ({ name: 'krl_fetched', reason, list: told }) as const
      // all versions may have been deleted, which the list notices that is made
      const first = state.version === 0 ? make(call, state) : undefined
      await first
      if (isKnown(etag, ifNoneMatch))
        return {
          bare: { status: 304, body: undefined, headers: { ETag: etag } },
          event: event('known'),
        }
      const known = made.get(mount.id)
      const list = first ?? (known?.etag === etag ? known.list : make(call, state))
      remember(mount.id, { etag, list })
      return {
        bare: { status: 200, body: await list, headers: { ETag: etag } },
        event: event('new'),
      }
    },
  },
})

/** Whether the client has it, also by way of a proxy that made its tag a weak one. RFC 9110 §13.1.2 */
const isKnown = (etag: string, header = '') =>
  header
    .split(',')
    .map(each => each.trim().replace(/^W\//, ''))
    .some(each => each === etag || each === '*')

const make = async (place: Place, state: KrlState) => encodeKrl(await listOf(place, state))

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
  // all that a revoked issuer has signed is refused by its key
  for (const { id, publicKey, serials: own } of await serialsByIssuer(place, byOlder))
    if (!revoked.some(each => each.id === id))
      serials.push({ authority: parsePublicKey(publicKey).blob, serials: await own() })
  // hosts would take none of the lists to come
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
