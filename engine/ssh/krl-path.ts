import { endpoint } from '../api/endpoint.ts'
import type { Tx } from '../storage/transact.ts'
import { encodeKrl } from './krl.ts'
import { parsePublicKey } from './public-key.ts'
import {
  allRevokedAuthorities,
  authorities,
  krlState,
  otherRevocations,
  serialsRevoked,
} from './revocations.ts'

const PAGE = 5000

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
    async read(_, { tx, mount, ifNoneMatch }) {
      const { version, changedAt, tag } = await krlState(tx)
      // not the version alone: two that revoke at once share one, and a restored store counts a second time
      const etag = `"${mount.id}.${version}.${tag}"`
      if (isKnown(etag, ifNoneMatch))
        return { bare: { status: 304, body: undefined, headers: { ETag: etag } } }
      const known = made.get(mount.id)
      const list = known?.etag === etag ? known.list : make(tx, version, changedAt)
      remember(mount.id, { etag, list })
      return { bare: { status: 200, body: await list, headers: { ETag: etag } } }
    },
  },
})

/** Whether the client has it, also by way of a proxy that made its tag a weak one. RFC 9110 §13.1.2 */
const isKnown = (etag: string, header = '') =>
  header
    .split(',')
    .map(each => each.trim().replace(/^W\//, ''))
    .some(each => each === etag || each === '*')

const make = async (tx: Tx, version: number, changedAt: number) =>
  encodeKrl(await listOf(tx, version, changedAt))

function remember(mount: string, newest: Made): void {
  made.delete(mount)
  made.set(mount, newest)
  newest.list.catch(() => {
    if (made.get(mount) === newest) made.delete(mount)
  })
  const [oldest] = made.keys()
  if (made.size > KEPT && oldest !== undefined) made.delete(oldest)
}

async function listOf(tx: Tx, version: number, changedAt: number) {
  const others = await otherRevocations(tx)
  const revoked = await allRevokedAuthorities(tx)
  const serials = []
  for (const { id, publicKey } of await authorities(tx))
    serials.push({
      authority: parsePublicKey(publicKey).blob,
      serials: await allSerials(tx, id),
    })
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

async function allSerials(tx: Tx, issuer: string): Promise<readonly bigint[]> {
  const found: bigint[] = []
  for (let after = ''; ; ) {
    const page = await serialsRevoked(tx, issuer, { after, limit: PAGE })
    for (const serial of page) found.push(BigInt(`0x${serial}`))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return found
    after = last
  }
}
