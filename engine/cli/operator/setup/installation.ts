import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../../failure.ts'
import type { RecordedPlan, SealKeyPlace } from './setup-plan.ts'
import { draftOf, type Ownership, writeAtomically } from './write-atomically.ts'

/** What the set-up has done on this machine. It has no secret. */
export interface SetupRecord {
  /** Files by path. */
  readonly files: Readonly<Record<string, RecordedFile>>
  /** Folders that it has created. */
  readonly folders: readonly string[]
  /** Absent before the first step. */
  readonly plan?: RecordedPlan
  readonly reached: readonly Milestone[]
}

/** What cannot be seen from files. Each is recorded before it happens, or right after it. */
export type Milestone =
  | 'creating the user'
  | 'folders created'
  | 'timers enabled'
  | 'initializing'
  | 'initialized'
  | 'administrator created'
  | 'finished'

interface RecordedFile {
  /** SHA-256 of the content that the set-up has written, in hexadecimal. */
  readonly sha256: string
  /** Where the file is that it has replaced. */
  readonly backup?: string
  /** Has been written whole. */
  readonly written?: true
}

const EMPTY: SetupRecord = { files: {}, folders: [], reached: [] }

/**
 * The record of a set-up, in a file, and the files that it installs. Every file is recorded before it is written, so whenever the
 * power fails, the next run can go on, and an undo finds everything.
 */
export class Installation {
  readonly file: string
  #record: SetupRecord

  /** @throws {Failure} if the record cannot be read */
  constructor(file: string) {
    this.file = file
    this.#record = recordIn(file)
  }

  get record(): SetupRecord {
    return this.#record
  }

  /** Whether there is nothing to undo. */
  get isEmpty(): boolean {
    return !existsSync(this.file)
  }

  /** Records the plan, if there is none yet. Comes before the first step. */
  begin({
    names,
    addresses,
    apiAddress,
    listen,
    permitted,
    tls,
    sealKeyPlace,
  }: RecordedPlan): void {
    if (this.#record.plan) return
    this.folder(dirname(this.file), { mode: 0o755 })
    const tlsFiles = tls && { tls }
    const plan = { names, addresses, apiAddress, listen, permitted, ...tlsFiles, sealKeyPlace }
    this.#save({ plan: { tls: undefined, ...plan } })
  }

  /** Changes what the seal key is stored as, before it is created. */
  storeSealKeyAs(sealKeyPlace: SealKeyPlace): void {
    const { plan } = this.#record
    if (plan) this.#save({ plan: { ...plan, sealKeyPlace } })
  }

  has(milestone: Milestone): boolean {
    return this.#record.reached.includes(milestone)
  }

  reach(milestone: Milestone): void {
    if (!this.has(milestone)) this.#save({ reached: [...this.#record.reached, milestone] })
  }

  /** Forgets a milestone. */
  leave(milestone: Milestone): void {
    this.#save({ reached: this.#record.reached.filter(each => each !== milestone) })
  }

  /** Whether the set-up has written this file, and it is there, whatever has been changed since. */
  isInstalled(path: string): boolean {
    const known = this.#record.files[path]
    return (
      known !== undefined && existsSync(path) && (known.written === true || isSame(path, known))
    )
  }

  /** Whether the file is as the set-up has written it. */
  isUnchanged(path: string): boolean {
    const known = this.#record.files[path]
    return known !== undefined && existsSync(path) && isSame(path, known)
  }

  /** Whether somebody else's file is there. */
  isForeign = (path: string): boolean => existsSync(path) && this.#record.files[path] === undefined

  /**
   * Writes a file, if the set-up has not done so before.
   * @param replaces the text of somebody else's file that may be replaced; a copy of it is kept
   * @throws {Failure} if another file is there
   */
  install(
    path: string,
    text: string,
    { replaces, ...owner }: Ownership & { readonly replaces?: string },
  ): void {
    if (this.isInstalled(path)) return
    const backup = `${path}.before-setup`
    const isReplaced = this.isForeign(path) && readFileSync(path, 'utf8') === replaces
    if (this.isForeign(path) && !isReplaced) throw new Failure(`${path} exists: ${NOT_OURS}`)
    if (isReplaced) copyFileSync(path, backup)
    const known = this.#record.files[path]
    const sha256 = createHash('sha256').update(text).digest('hex')
    const entry: RecordedFile = {
      sha256,
      ...((isReplaced || known?.backup) && { backup }),
    }
    this.#saveFile(path, entry)
    writeAtomically(path, text, owner)
    this.#saveFile(path, { ...entry, written: true })
  }

  /** Creates a folder, if it is missing. */
  folder(path: string, { mode, uid = 0, gid = 0 }: Ownership): void {
    const isOwn = path === dirname(this.file)
    // the folder of the record cannot be recorded before it exists, so an empty one is taken over
    const isLeft = this.#record.folders.includes(path) || (isOwn && isEmptyFolder(path))
    if (existsSync(path) && !isLeft) return
    if (!isOwn) this.#saveFolder(path)
    mkdirSync(path, { mode: 0o700, recursive: true })
    if (process.geteuid?.() === 0) chownSync(path, uid, gid)
    chmodSync(path, mode)
    if (isOwn) this.#saveFolder(path)
  }

  /**
   * Deletes a file that the set-up has written, or puts back the one that it has replaced. Does nothing if it has been changed since,
   * unless this is forced.
   */
  remove(path: string, { isForced = false } = {}): 'removed' | 'kept' {
    const known = this.#record.files[path]
    rmSync(draftOf(path), { force: true })
    const isOurs = this.isUnchanged(path) || isForced
    if (existsSync(path) && !isOurs && known?.written) return 'kept'
    if (isOurs) rmSync(path, { force: true })
    if (known?.backup && existsSync(known.backup)) renameSync(known.backup, path)
    const { [path]: _, ...files } = this.#record.files
    this.#save({ files })
    return 'removed'
  }

  /** Deletes a folder that the set-up has created, if it is empty. */
  removeFolder(path: string): 'removed' | 'kept' {
    try {
      rmdirSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return 'kept'
    }
    return 'removed'
  }

  /** Forgets everything. */
  forget(): void {
    rmSync(draftOf(this.file), { force: true })
    rmSync(this.file, { force: true })
  }

  #saveFolder(path: string): void {
    if (!this.#record.folders.includes(path))
      this.#save({ folders: [...this.#record.folders, path] })
  }

  #saveFile(path: string, entry: RecordedFile): void {
    this.#save({ files: { ...this.#record.files, [path]: entry } })
  }

  #save(change: Partial<SetupRecord>): void {
    this.#record = { ...this.#record, ...change }
    writeAtomically(this.file, `${JSON.stringify(this.#record, null, 2)}\n`, { mode: 0o600 })
  }
}

const isEmptyFolder = (path: string) => existsSync(path) && readdirSync(path).length === 0

const NOT_OURS =
  'the set-up has not made it, and does not overwrite it. Move it away, or install by hand: docs/install-engine.md'

const isSame = (path: string, { sha256 }: RecordedFile) =>
  createHash('sha256').update(readFileSync(path)).digest('hex') === sha256

function recordIn(file: string): SetupRecord {
  if (!existsSync(file)) return EMPTY
  try {
    return { ...EMPTY, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<SetupRecord>) }
  } catch (cause) {
    const { message } = cause as Error
    throw new Failure(`${file}, the record of the set-up, cannot be read: ${message}`, undefined, {
      cause,
    })
  }
}
