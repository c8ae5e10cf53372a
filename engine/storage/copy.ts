import { randomUUID } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { MOVED, markMoved, movedInto } from './moved.ts'
import type { Store } from './store.ts'

/** The key that a copy adds to its destination: how far it has come. It goes when the copy is whole. */
const MARK = 'unfinished-copy'

const KEYS_AT_ONCE = 500

/** Told again and again how many keys have been copied, and then compared. */
export type Progress = (done: 'copied' | 'compared', keys: number) => void

interface Mark {
  /** Names the copy. The source is marked with it, so that it goes into no other. */
  readonly id: string
  /** The last key that has been copied. */
  readonly at: string
  readonly keys: number
}

/** The store is the destination of a copy that has not come to its end. */
export const isUnfinished = async (store: Store): Promise<boolean> =>
  (await readMark(store)) !== undefined

/**
 * Copies all of a store, as it is stored, into one that is empty, or goes on with a copy that was broken off; and compares them.
 * Gives the number of keys. From the beginning on the source takes no commit any more: {@link MOVED}.
 * @throws {Invalid} where the destination has other data, the source has been moved elsewhere, or the two are not alike at the end
 */
export async function copyStore(from: Store, to: Store, progress: Progress): Promise<number> {
  if (await isUnfinished(from)) throw new Invalid('the source is a copy that is not whole itself')
  const mark = await begin(from, to)
  await copyRest(from, to, { mark, progress })
  const keys = await compare(from, to, progress)
  await to.commit({ reads: new Map(), writes: new Map([[MARK, undefined]]) })
  return keys
}

/** Marks both, the destination first, so that a copy that was broken off in between can go on. */
async function begin(from: Store, to: Store): Promise<VersionedMark> {
  const into = await movedInto(from)
  const found = await readMark(to)
  if (into !== undefined && into !== found?.id)
    throw new Invalid(
      'the source has been moved elsewhere already; to take that back, run "postern operator migrate -config=FILE -reset"',
    )
  if (!found && (await to.list('', { limit: 1 })).length > 0)
    throw new Invalid('the destination has data that is not of an unfinished copy')
  const mark = found ?? (await putMark(to, { id: randomUUID(), at: '', keys: 0 }))
  if (into === undefined) await markMoved(from, mark.id)
  return mark
}

async function copyRest(
  from: Store,
  to: Store,
  { mark, progress }: { readonly mark: VersionedMark; readonly progress: Progress },
): Promise<void> {
  let { version, keys } = mark
  for await (const page of pagesOf(from, mark.at)) {
    const values = await valuesOf(from, page)
    keys += page.length
    const next: Mark = { id: mark.id, at: page.at(-1) ?? '', keys }
    // of two that copy into one store, one fails
    version = (await putMark(to, next, { version, page, values })).version
    progress('copied', keys)
  }
}

/** Keys and values that are written together with the mark, which is then where they end. */
interface Copied {
  readonly version: string
  readonly page: readonly string[]
  readonly values: readonly (Uint8Array | undefined)[]
}

async function putMark(to: Store, mark: Mark, copied?: Copied): Promise<VersionedMark> {
  const writes = new Map(copied?.page.map((key, index) => [key, copied.values[index]]))
  writes.set(MARK, Buffer.from(JSON.stringify(mark)))
  await to.commit({ reads: new Map([[MARK, copied?.version]]), writes })
  return { ...mark, version: (await to.get(MARK))?.version ?? '' }
}

async function compare(from: Store, to: Store, progress: Progress): Promise<number> {
  let keys = 0
  for await (const page of pagesOf(from, '')) {
    const [these, those] = await Promise.all([valuesOf(from, page), valuesOf(to, page)])
    const odd = page.find((_, index) => !same(these[index], those[index]))
    if (odd !== undefined) throw changed(odd)
    keys += page.length
    progress('compared', keys)
  }
  let copied = 0
  for await (const page of pagesOf(to, '')) copied += page.length
  if (copied !== keys) throw changed('')
  return keys
}

const changed = (key: string) =>
  new Invalid(
    `the source has changed while it was copied${key && ` (${key})`}: stop its server, empty the destination, and begin again`,
  )

const same = (one: Uint8Array | undefined, other: Uint8Array | undefined) =>
  one !== undefined && other !== undefined && Buffer.compare(one, other) === 0

type VersionedMark = Mark & { readonly version: string }

async function readMark(store: Store): Promise<VersionedMark | undefined> {
  const entry = await store.get(MARK)
  return (
    entry && {
      ...(JSON.parse(Buffer.from(entry.value).toString()) as Mark),
      version: entry.version,
    }
  )
}

const valuesOf = (store: Store, keys: readonly string[]) =>
  Promise.all(keys.map(async key => (await store.get(key))?.value))

/** All keys behind `after` but the marks, in order, many at a time. */
async function* pagesOf(store: Store, after: string): AsyncGenerator<readonly string[]> {
  let page: string[] = []
  for await (const key of keysUnder(store, '', after)) {
    if (key === MARK || key === MOVED) continue
    page.push(key)
    if (page.length < KEYS_AT_ONCE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** @param after the rest of a key that begins with `prefix` */
async function* keysUnder(store: Store, prefix: string, after: string): AsyncGenerator<string> {
  const slash = after.indexOf('/')
  let name = slash < 0 ? after : after.slice(0, slash + 1)
  if (slash >= 0) yield* keysUnder(store, prefix + name, after.slice(slash + 1))
  for (;;) {
    const names = await store.list(prefix, { after: name, limit: KEYS_AT_ONCE })
    for (const each of names)
      if (each.endsWith('/')) yield* keysUnder(store, prefix + each, '')
      else yield prefix + each
    if (names.length < KEYS_AT_ONCE) return
    name = names.at(-1) ?? ''
  }
}
