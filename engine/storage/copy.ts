import { randomUUID } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { CLEAR } from './barrier.ts'
import { commitAlone, MOVED, markMoved, movedInto, UNFINISHED } from './moved.ts'
import type { Store } from './store.ts'

const KEYS_AT_ONCE = 500

/** Called repeatedly with the number of keys that have been copied, and then compared. */
export type Progress = (done: 'copied' | 'compared', keys: number) => void

interface Mark {
  /** Identifies the copy. The source is marked with it, so that it is copied nowhere else. */
  readonly id: string
  /** The last key that has been copied. */
  readonly at: string
  readonly keys: number
}

/** Whether the store is the destination of an unfinished copy. */
export const isUnfinished = async (store: Store): Promise<boolean> =>
  (await readMark(store)) !== undefined

/**
 * Copies all entries of a store, as they are stored, to an empty one, or resumes an interrupted copy; then compares both. Returns the number
 * of keys. The source refuses all commits from the beginning on: {@link MOVED}.
 * @throws {Invalid} if the destination has other data, the source was copied elsewhere, or the two differ at the end
 */
export async function copyStore(from: Store, to: Store, progress: Progress): Promise<number> {
  if (await isUnfinished(from)) throw new Invalid('the source is itself an unfinished copy')
  await requireNoEngine(to)
  const mark = await begin(from, to)
  await copyRest(from, to, { mark, progress })
  const keys = await compare(from, to, progress)
  await requireNoEngine(to)
  return keys + (await finish(from, to))
}

/** @throws {Invalid} if an engine uses the destination: engines of older versions ignore the mark */
async function requireNoEngine(to: Store): Promise<void> {
  if (((await to.engines?.()) ?? 0) > 0)
    throw new Invalid('the destination is in use by engines: stop them, and run this command again')
}

/** Copies the records that are needed to unseal, and removes the mark, in one commit. Returns the number of those keys. */
async function finish(from: Store, to: Store): Promise<number> {
  const reads = new Map<string, string | undefined>()
  const writes = new Map<string, Uint8Array | undefined>([[UNFINISHED, undefined]])
  for await (const key of keysUnder(from, CLEAR, '')) {
    const [source, there] = await Promise.all([from.get(key), to.get(key)])
    // a copy that an older version has begun may have it already
    if (there && !same(source?.value, there.value)) throw changed(key)
    reads.set(key, there?.version)
    writes.set(key, source?.value)
  }
  await to.commit({ reads, writes })
  return reads.size
}

/** Marks both stores, the destination first, so that an interruption in between can be resumed. */
async function begin(from: Store, to: Store): Promise<VersionedMark> {
  const into = await movedInto(from)
  const found = await readMark(to)
  if (into !== undefined && into !== found?.id)
    throw new Invalid(
      'the source has already been migrated elsewhere; if that was to this destination, the copy is complete: start the engine with it; to undo that, run "postern operator migrate -config=FILE -reset"',
    )
  if (!found && (await to.list('', { limit: 1 })).length > 0) throw hasData()
  const mark = found ?? (await beginIn(to))
  if (into === undefined) await markMoved(from, mark.id)
  return mark
}

/** Marks the destination, and requires that it is empty once no other commit is possible. */
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

const hasData = () => new Invalid('the destination has data that is not from an unfinished copy')

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
    // compare-and-swap: of two copies into one store, one fails
    version = (await putMark(to, next, { version, page, values })).version
    progress('copied', keys)
  }
}

/** Keys and values that are written together with the mark, which names the last of them. */
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
    `the source changed while it was copied${key && ` (${key})`}: stop its server, empty the destination, and start again`,
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

/** All keys after `after` in order, in pages, without the marks and the records that are needed to unseal. */
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
