import { fstatSync } from 'node:fs'
import { Invalid } from '../../../shared/invalid.ts'
import { positionOf } from '../chain.ts'
import { type AuditLine, auditLine } from './audit-line.ts'
import { endBefore } from './end-before.ts'
import { type Conditions, lineFilter } from './line-filter.ts'
import { needlesOf } from './line-needles.ts'
import { blocksBackwards, type LineBlock, linesBackwards } from './lines-backwards.ts'
import { timeOfLine, timeText } from './time-of-line.ts'

/** What one request reads at most, in bytes and milliseconds, before it says where to go on. */
const MOST = { bytes: 64 * 1024 * 1024, milliseconds: 400 }

/** Milliseconds by which lines may be out of order: the clock may have been set. */
const DISORDER = 120_000

/** The paths of searches, whose own lines have what they searched for. */
const SEARCHES = 'sys/audit-search'

export interface Search {
  readonly conditions: Conditions
  /** Texts of which a line has one; every line if empty. */
  readonly values: readonly string[]
  /** A part of the line; empty for all. */
  readonly text: string
  /** Lines that are found at most. */
  readonly limit: number
  /** The {@link Found.next} of the search before; empty to begin at the end. */
  readonly after: string
}

export interface Found {
  /** The newest first. */
  readonly entries: readonly AuditLine[]
  /** Where to go on; absent at the beginning of the file, or of the time that is searched. */
  readonly next?: string
  readonly searched: {
    readonly bytes: number
    /** Lines that would have been found, but have no place in the hash chain. */
    readonly unchained: number
    /** Time of the oldest line that was looked at; empty if there was none. */
    readonly until_time: string
  }
}

/**
 * Searches a log from its end to its beginning, for a limited time.
 * @throws {Invalid} if `after` is of another file @throws {Error} if the file cannot be read
 */
export function searchFile(file: number, search: Search, most = MOST): Found {
  const stats = fstatSync(file)
  const begin = beginOf(search, file, stats)
  const found = new Findings(search)
  const deadline = performance.now() + most.milliseconds
  let at = begin
  for (const block of blocksBackwards(file, begin)) {
    at = found.take(block)
    const isOver = found.isFull || begin - at >= most.bytes || performance.now() > deadline
    if (found.isPast || isOver) break
  }
  const isMore = at > 0 && !found.isPast
  return {
    entries: found.entries,
    ...(isMore && { next: [stats.dev, stats.ino, at].join('-') }),
    searched: { bytes: begin - at, unchained: found.unchained, until_time: found.oldest },
  }
}

function beginOf(
  { after, conditions: { until } }: Search,
  file: number,
  { dev, ino, size }: { readonly dev: number; readonly ino: number; readonly size: number },
): number {
  if (after === '') return until === undefined ? size : endBefore(file, size, until + DISORDER)
  const [, device, inode, at] = /^(\d{1,20})-(\d{1,20})-(\d{1,16})$/.exec(after) ?? []
  if (device === undefined) throw new Invalid('after is not the "next" of a reply')
  if (device !== String(dev) || inode !== String(ino) || Number(at) > size)
    throw new Invalid('the log has been moved away since: begin again without after')
  return Number(at)
}

/** What has been found so far. */
class Findings {
  readonly entries: AuditLine[] = []
  unchained = 0
  oldest = ''
  /** All lines of the last block were older than what is searched. */
  isPast = false
  readonly #search: Search
  readonly #mayMatch: (line: Buffer) => boolean
  readonly #isWanted: (line: AuditLine) => boolean
  /** The earliest time of lines that may be in a block with newer ones. */
  readonly #since: string

  constructor(search: Search) {
    const { conditions } = search
    this.#search = search
    this.#mayMatch = needlesOf(search)
    this.#isWanted = lineFilter(conditions)
    const { since } = conditions
    this.#since = since === undefined ? '' : timeText(since - DISORDER)
  }

  get isFull(): boolean {
    return this.entries.length >= this.#search.limit
  }

  /** Takes the lines of a block, until there are enough. Returns where the last one that was taken begins in the file. */
  take(block: LineBlock): number {
    let isPast = this.#since !== ''
    for (const { line, at } of linesBackwards(block)) {
      const time = timeOfLine(line)
      if (time !== undefined) this.oldest = time
      if (time !== undefined && time >= this.#since) isPast = false
      if (!this.#mayMatch(line)) continue
      this.#look(line)
      if (this.isFull) return at
    }
    this.isPast = isPast
    return block.from
  }

  #look(line: Buffer): void {
    const entry = auditLine(line.toString())
    if (!entry || !this.#isWanted(entry) || this.#isSearch(entry)) return
    if (positionOf(line)) this.entries.push(entry)
    else this.unchained++
  }

  /** Whether the line is of a search, which a search for a text would find each time. */
  #isSearch({ path }: AuditLine): boolean {
    const { values, text, conditions } = this.#search
    if (values.length === 0 && text === '') return false
    return path.startsWith(SEARCHES) && conditions.path?.startsWith(SEARCHES) !== true
  }
}
