import { randomUUID } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { CLEAR } from './barrier.ts'
import { commitAlone, MOVED, markMoved, movedInto, UNFINISHED } from './moved.ts'
import type { Store } from './store.ts'

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
  await requireNoEngine(to)
  const mark = await begin(from, to)
  await copyRest(from, to, { mark, progress })
  const keys = await compare(from, to, progress)
  await requireNoEngine(to)
  return keys + (await finish(from, to))
}

/** @throws {Invalid} where an engine uses the destination; one of an older version does not heed the mark */
async function requireNoEngine(to: Store): Promise<void> {
  if (((await to.engines?.()) ?? 0) > 0)
    throw new Invalid(
      'engines use the destination: stop those that have it in their configuration, and run this again',
    )
}

/** Copies what a storage is opened with, and takes the mark away, in one commit. Gives how many keys those were. */
async function finish(from: Store, to: Store): Promise<number> {
  const reads = new Map<string, string | undefined>()
  const writes = new Map<string, Uint8Array | undefined>([[UNFINISHED, undefined]])
  for await (const key of keysUnder(from, CLEAR, '')) {
    const [source, there] = await Promise.all([from.get(key), to.get(key)])
    // only a copy that an older version has begun has it already
    if (there && !same(source?.value, there.value)) throw changed(key)
    reads.set(key, there?.version)
    writes.set(key, source?.value)
  }
  await to.commit({ reads, writes })
  return reads.size
}

/** Marks both, the destination first, so that a copy that was broken off in between can go on. */
async function begin(from: Store, to: Store): Promise<VersionedMark> {
  const into = await movedInto(from)
  const found = await readMark(to)
  if (into !== undefined && into !== found?.id)
    throw new Invalid(
      'the source has been moved elsewhere already; to take that back, run "postern operator migrate -config=FILE -reset"',
    )
  if (!found && (await to.list('', { limit: 1 })).length > 0) throw hasData()
  const mark = found ?? (await beginIn(to))
  if (into === undefined) await markMoved(from, mark.id)
  return mark
}

/** Puts the mark into the destination, which must be empty when nothing else can be written there any more. */
async function beginIn(to: Store): Promise<VersionedMark> {
  const mark: Mark = { id: randomUUID(), at: '', keys: 0 }
  await commitAlone(to, UNFINISHED, encoded(mark))
  if ((await to.list('', { limit: 2 })).some(name => name !== UNFINISHED)) {
    await commitAlone(to, UNFINISHED, undefined)
    throw hasData()
  }
  return { ...mark, version: (await to.get(UNFINISHED))?.version ?? '' }
}

const encoded = (mark: Mark) => Buffer.from(JSON.stringify(mark))

const hasData = () => new Invalid('the destination has data that is not of an unfinished copy')

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
  writes.set(UNFINISHED, encoded(mark))
  await to.commit({ reads: new Map([[UNFINISHED, copied?.version]]), writes })
  return { ...mark, version: (await to.get(UNFINISHED))?.version ?? '' }
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
  const entry = await store.get(UNFINISHED)
  return (
    entry && {
      ...(JSON.parse(Buffer.from(entry.value).toString()) as Mark),
      version: entry.version,
    }
  )
}

const valuesOf = (store: Store, keys: readonly string[]) =>
  Promise.all(keys.map(async key => (await store.get(key))?.value))

/** All keys behind `after` but the marks and what a storage is opened with, in order, many at a time. */
async function* pagesOf(store: Store, after: string): AsyncGenerator<readonly string[]> {
  let page: string[] = []
  for await (const key of keysUnder(store, '', after)) {
    if (key === UNFINISHED || key === MOVED || key.startsWith(CLEAR)) continue
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
