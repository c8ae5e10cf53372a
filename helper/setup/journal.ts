import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readTrusted } from '../../shared/trusted-file.ts'
import { Refusal } from '../refusal.ts'
import {
  digestOf,
  type FileState,
  fileWith,
  makeFolder,
  removeFolderIfEmpty,
  writeState,
} from './file-state.ts'

/** In which order files are written; they are restored backwards. */
export const PHASES = ['settings', 'unit', 'stack', 'sshd'] as const
export type Phase = (typeof PHASES)[number]

/** One file of a set-up. */
export interface Change {
  readonly file: string
  readonly phase: Phase
  /** What `-undo` restores; undefined if nothing was there. */
  readonly original: FileState | undefined
  /** What was there before this run, which an unconfirmed run goes back to. */
  readonly previous: FileState | undefined
  /** {@link digestOf} what the set-up writes; or {@link ANY} for state of the helper itself, which its timers replace. */
  readonly after: string
}

export const ANY = 'any'

/** What a set-up does, written before it does it. docs/decisions/0037-setup.md */
export interface Journal {
  readonly id: string
  /** `writing` and `undoing` were cut off if their process is gone. */
  readonly state: 'writing' | 'waiting' | 'undoing' | 'done'
  readonly boot: string
  /** When it begins to wait, and how long it does, in clock ticks since the boot. */
  readonly since: number
  readonly patience: number
  readonly changes: readonly Change[]
  /** What is taken back if it is not confirmed: not the settings of a host that is enrolled by now. */
  readonly revocable: readonly Phase[]
  /** Directories that it makes. */
  readonly folders: readonly string[]
  /** Whether sshd took passwords of accounts before the first set-up; undefined if that is not known. */
  readonly passwords?: boolean | undefined
}

const FORMAT = 'postern-setup 1'

/** Where journals are stored. */
export class JournalStore {
  readonly folder: string

  constructor(folder = '/var/lib/postern-helper/setup') {
    this.folder = folder
  }

  /** The unit at boot looks for this file. */
  get unfinishedFile(): string {
    return join(this.folder, 'unfinished.json')
  }

  get #doneFile(): string {
    return join(this.folder, 'done.json')
  }

  /** A set-up that was cut off, or waits for its confirmation. @throws {Refusal} if it is damaged */
  unfinished(): Journal | undefined {
    return this.#read(this.unfinishedFile)
  }

  /** The last set-up that was finished. @throws {Refusal} if it is damaged */
  done(): Journal | undefined {
    return this.#read(this.#doneFile)
  }

  /** Is on the disk, with all that it restores, when this returns. */
  write(journal: Journal): void {
    makeFolder(join(this.folder, 'files'), 0o700)
    const text = JSON.stringify({
      format: FORMAT,
      ...journal,
      changes: journal.changes.map(change => this.#stored(change)),
    })
    const isDone = journal.state === 'done'
    writeState(isDone ? this.#doneFile : this.unfinishedFile, fileWith(`${text}\n`, 0o600))
    if (isDone) writeState(this.unfinishedFile, undefined)
  }

  /** Removes what a run that was cut off before its journal was written has left. */
  tidy(): void {
    if (!this.unfinished() && !this.done()) this.remove()
  }

  /** Forgets everything: nothing of a set-up is left, and no empty directory. */
  remove(): void {
    // an undo that is cut off here is finished by its journal, which needs the files that it restores
    for (const file of [this.#doneFile, this.unfinishedFile])
      if (existsSync(file)) writeState(file, undefined)
    rmSync(this.folder, { recursive: true, force: true })
    removeFolderIfEmpty(dirname(this.folder))
  }

  #stored({ original, previous, ...rest }: Change): object {
    return { ...rest, original: this.#keep(original), previous: this.#keep(previous) }
  }

  #keep(state: FileState | undefined): object | null {
    if (!state) return null
    const { content, ...owned } = state
    const sha256 = createHash('sha256').update(content).digest('hex')
    const file = join(this.folder, 'files', sha256)
    if (!existsSync(file)) writeState(file, { ...fileWith('', 0o600), content })
    return { ...owned, sha256 }
  }

  #read(file: string): Journal | undefined {
    if (!existsSync(file)) return undefined
    try {
      // root writes what it names, so nobody else may have written it
      const { format, ...journal } = JSON.parse(readTrusted(file))
      if (format !== FORMAT) throw new Error(`its format is not ${FORMAT}`)
      return { ...journal, changes: journal.changes.map((each: RawChange) => this.#change(each)) }
    } catch (error) {
      throw new Refusal(
        'settings',
        `${file}: ${(error as Error).message}; undo by hand: docs/hosts.md`,
      )
    }
  }

  #change({ original, previous, ...rest }: RawChange): Change {
    return { ...rest, original: this.#find(original), previous: this.#find(previous) }
  }

  #find(kept: Kept | null): FileState | undefined {
    if (!kept) return undefined
    const { sha256, ...owned } = kept
    const content = readFileSync(join(this.folder, 'files', sha256))
    const state = { ...owned, content }
    if (createHash('sha256').update(content).digest('hex') !== sha256)
      throw new Error(`the file ${sha256} is damaged: ${digestOf(state)}`)
    return state
  }
}

type Kept = Omit<FileState, 'content'> & { readonly sha256: string }

type RawChange = Omit<Change, 'original' | 'previous'> & {
  readonly original: Kept | null
  readonly previous: Kept | null
}
