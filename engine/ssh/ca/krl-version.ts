import { createHash, randomBytes } from 'node:crypto'
import { Tampered } from '../../storage/aead.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Place } from './revoked-state.ts'

/** More than the revocations between a backup and its restore; allows 2^16 restores. */
const LEAP = 2 ** 32

/** The greatest version that counting can reach; a greater one was not written by the engine. */
const MOST = 2 ** 48

const ATTEMPTS = 10

const NAME = /^[0-9a-f]{14}\.[0-9a-f]{14}\.[0-9a-f]{16}$/

const changes = new Table<{ readonly counted?: true }>('revoked/change/')

/** Identifies the newest KRL. */
export interface KrlState {
  /** Grows with each revocation; concurrent ones may share a number. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Differs after every revocation. */
  readonly tag: string
  /** A node of an older version has revoked something since one of this version did. */
  readonly byOlder: boolean
}

/** The version of the KRL, and when it changed last. */
export async function krlState(tx: Tx): Promise<KrlState> {
  const found = await ownChanges(tx)
  const names = found.map(({ name }) => name)
  const { version, changedAt } = parse(names.at(-1))
  const tag = createHash('sha256').update(names.join()).digest('hex').slice(0, 16)
  return { version, changedAt, tag, byOlder: found.some(({ counted }) => !counted) }
}

/**
 * Counts one revocation. Returns the new version. The count is kept in names of records, so that concurrent revocations do not
 * conflict: each deletes the names that it has listed, and adds one of its own.
 */
export const bumpKrl = (tx: Tx, now: Date): Promise<number> => advance(tx, 1, now)

/**
 * Makes the version greater than any that was published before an older copy of the storage was restored, so that hosts accept the
 * list as newer than their own.
 */
export async function leapKrl(tx: Tx, now: Date): Promise<void> {
  await advance(tx, LEAP, now)
}

/** Deletes names that no engine has written, which {@link krlState} ignores, and logs a warning. */
export async function forgetForeignChanges({
  tx,
  warn,
}: Pick<Place, 'tx' | 'warn'>): Promise<void> {
  const foreign: string[] = []
  // folders are not versions
  for (const name of (await changes.list(tx)).filter(each => !each.endsWith('/'))) {
    const isOurs = NAME.test(name) && parse(name).version <= MOST
    if (!isOurs || (await isForged(tx, name))) foreign.push(name)
  }
  for (const name of foreign) changes.delete(tx, name)
  if (foreign.length > 0)
    warn?.(
      `${foreign.length} versions of the KRL, ${JSON.stringify(foreign[0])} for example, were added to the storage by another program: they were ignored, and are deleted`,
    )
}

async function advance(tx: Tx, by: number, now: Date): Promise<number> {
  const names = await changes.list(tx)
  const version = (await krlState(tx)).version + by
  if (version > MOST) throw new Error('the KRL has had too many versions')
  for (const name of names) changes.delete(tx, name)
  const parts = [version, now.getTime()].map(each => each.toString(16).padStart(14, '0'))
  changes.put(tx, `${parts.join('.')}.${randomBytes(8).toString('hex')}`, { counted: true })
  return version
}

/** Names that an engine has written, as their values prove, with versions that counting can reach. */
async function ownChanges(tx: Tx) {
  for (let attempt = 1; ; attempt++) {
    const names = (await changes.list(tx)).filter(name => NAME.test(name))
    const found = await Promise.all(
      names.map(async name => ({ name, value: await authentic(tx, name) })),
    )
    const own = found.flatMap(({ name, value }) =>
      value && parse(name).version <= MOST ? [{ name, counted: value.counted === true }] : [],
    )
    // another node has replaced them since the list
    const isReplaced = names.length > 0 && own.length === 0
    if (!isReplaced || attempt === ATTEMPTS) return own
  }
}

const authentic = async (tx: Tx, name: string) => {
  const found = await read(tx, name)
  return found === 'forged' ? undefined : found
}

const isForged = async (tx: Tx, name: string) => (await read(tx, name)) === 'forged'

async function read(tx: Tx, name: string) {
  try {
    return await changes.get(tx, name)
  } catch (error) {
    if (error instanceof Tampered) return 'forged'
    throw error
  }
}

function parse(name = ''): { readonly version: number; readonly changedAt: number } {
  const [version = 0, changedAt = 0] = name.split('.').map(part => Number(`0x${part || 0}`))
  return { version, changedAt }
}
