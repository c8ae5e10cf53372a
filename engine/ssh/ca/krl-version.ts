import { createHash, randomBytes } from 'node:crypto'
import { Tampered } from '../../storage/aead.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Place } from './revoked-state.ts'

/** Revocations between a backup and its return are fewer; 2^16 returns are possible. */
const LEAP = 2 ** 32

/** The greatest version: what is above it has not been counted up to. */
const MOST = 2 ** 48

const ATTEMPTS = 10

const NAME = /^[0-9a-f]{14}\.[0-9a-f]{14}\.[0-9a-f]{16}$/

const changes = new Table<{ readonly counted?: true }>('revoked/change/')

/** Counts what has been revoked, so that a list that was made can be known to be the newest. */
export interface KrlState {
  /** Grows; the same for two that revoke at the same moment. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Another one after everything that is revoked. */
  readonly tag: string
  /** A node of an older version has revoked something since one of this version did. */
  readonly byOlder: boolean
}

/** How often something has been revoked, and when last. */
export async function krlState(tx: Tx): Promise<KrlState> {
  const found = await ownChanges(tx)
  const names = found.map(({ name }) => name)
  const { version, changedAt } = parse(names.at(-1))
  const tag = createHash('sha256').update(names.join()).digest('hex').slice(0, 16)
  return { version, changedAt, tag, byOlder: found.some(({ counted }) => !counted) }
}

/**
 * To be called once by whoever revokes. Gives the new version. The count is kept in names, and not read as a record, so that many who
 * revoke at the same time do not stand in each other's way: each takes away the names it has seen, and adds one of its own.
 */
export const bumpKrl = (tx: Tx, now: Date): Promise<number> => advance(tx, 1, now)

/**
 * Makes the version greater than any that was handed out before an older copy of the storage was put back, so that hosts take the list as
 * newer than the one they have.
 */
export async function leapKrl(tx: Tx, now: Date): Promise<void> {
  await advance(tx, LEAP, now)
}

/** Deletes names that no engine has written, of which {@link krlState} takes no notice, and has the log say so. */
export async function forgetForeignChanges({
  tx,
  warn,
}: Pick<Place, 'tx' | 'warn'>): Promise<void> {
  const foreign: string[] = []
  // what stands in a folder has no name here
  for (const name of (await changes.list(tx)).filter(each => !each.endsWith('/'))) {
    const isOurs = NAME.test(name) && parse(name).version <= MOST
    if (!isOurs || (await isForged(tx, name))) foreign.push(name)
  }
  for (const name of foreign) changes.delete(tx, name)
  if (foreign.length > 0)
    warn?.(
      `somebody has added ${foreign.length} versions of the list of what is revoked, ${JSON.stringify(foreign[0])} for example: they did not count, and are deleted`,
    )
}

async function advance(tx: Tx, by: number, now: Date): Promise<number> {
  const names = await changes.list(tx)
  const version = (await krlState(tx)).version + by
  if (version > MOST) throw new Error('the list of what is revoked has had too many versions')
  for (const name of names) changes.delete(tx, name)
  const parts = [version, now.getTime()].map(each => each.toString(16).padStart(14, '0'))
  changes.put(tx, `${parts.join('.')}.${randomBytes(8).toString('hex')}`, { counted: true })
  return version
}

/** Names that this program has written, which their values show, and no version that it cannot have come to. */
async function ownChanges(tx: Tx) {
  for (let attempt = 1; ; attempt++) {
    const names = (await changes.list(tx)).filter(name => NAME.test(name))
    const found = await Promise.all(
      names.map(async name => ({ name, value: await authentic(tx, name) })),
    )
    const own = found.flatMap(({ name, value }) =>
      value && parse(name).version <= MOST ? [{ name, counted: value.counted === true }] : [],
    )
    // another node has replaced them since they were listed
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
