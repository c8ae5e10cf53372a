import type { KeyObject } from 'node:crypto'
import { areOf, counted } from '../../shared/counted.ts'
import {
  type FoundPosition,
  hashOf,
  isSigned,
  NOTHING,
  parsePublicKey,
  positionOf,
} from './chain.ts'
import { checkOpening } from './check-opening.ts'
import { type Head, LINES_PER_HEAD, LINES_PER_WRITE, parseHead } from './head.ts'
import { type LogRemark, remarkAt } from './log-remark.ts'
import { LostLines } from './lost-lines.ts'
import type { RawLine } from './raw-line.ts'

/** Lines that an engine writes at most without a signed head. */
const UNSIGNED = LINES_PER_HEAD - 1 + LINES_PER_WRITE

const LF = Buffer.from('\n')

/** One run of the server, up to its last line so far. */
interface Run {
  readonly id: string
  /** Number, hash and position of its last line. */
  readonly seq: number
  readonly hash: string
  readonly at: Pick<RawLine, 'file' | 'number'>
  /** Lines since the last signed head. */
  readonly unsigned: number
  readonly closed: boolean
}

/**
 * Verifies the chains of an audit log. It detects lines that were changed, removed, inserted or moved, and a file that was cut off
 * at its end, if a signed head follows. It cannot detect that lines are missing after the last one.
 */
export class Verifier {
  readonly problems: LogRemark[] = []
  readonly notes: LogRemark[] = []
  readonly #begun = new Set<string>()
  /** Hashes of all heads. */
  readonly #headHashes = new Set<string>()
  readonly #sought: string | undefined
  #run: Run | undefined
  #key: KeyObject | undefined
  #keyText: string | undefined
  #lost: LostLines | undefined
  #lines = 0
  #heads = 0
  #found = false

  /**
   * @param key the public key of the heads; when absent, the one in the first head is used, which proves less
   * @param sought hash of a line that must be in the files
   */
  constructor(key: string | undefined, sought?: string) {
    this.#key = key === undefined ? undefined : parsePublicKey(key)
    this.#keyText = key
    this.#sought = sought
  }

  /** Lines that have a position, including signed heads. */
  get lines(): number {
    return this.#lines
  }

  get heads(): number {
    return this.#heads
  }

  /** The key that verified the heads. */
  get key(): string | undefined {
    return this.#keyText
  }

  get runs(): number {
    return this.#begun.size
  }

  /** Takes the next line; after the last line of a file, the first one of the next. */
  take(line: RawLine): void {
    if (this.#lost && this.#lost.at.file !== line.file) this.#endFile()
    const position = positionOf(line.bytes)
    if (position) this.#takeChained(line, position)
    else if (!line.bytes.subarray(-1).equals(LF)) this.#takeUnended(line)
    else if (this.#lost) this.#lost.add(line)
    else this.#lost = new LostLines(line)
  }

  /** Takes the last line of a file, which has no line end. */
  #takeUnended(line: RawLine): void {
    const bytes = Buffer.concat([line.bytes, LF])
    const position = positionOf(bytes)
    if (!position) {
      if (this.#lost) this.#lost.add(line)
      else this.#lost = new LostLines(line)
      return
    }
    this.notes.push(remarkAt(line, 'the end of this line was never written, or has been cut off'))
    this.#takeChained({ ...line, bytes }, position)
  }

  #takeChained(line: RawLine, position: FoundPosition): void {
    const head = position.signature === undefined ? undefined : this.#headOf(line, position)
    this.#explainLost(head)
    this.#follow(line, position, head)
    this.#lines++
    if (head) this.#heads++
  }

  /** Must be called after the last line; adds the remarks about the end. */
  end(): void {
    this.#endFile()
    if (this.#run && !this.#run.closed)
      this.notes.push(remarkAt(this.#run.at, unclosed(this.#run.unsigned)))
    if (this.#sought !== undefined && !this.#found)
      this.problems.push({
        file: '',
        line: 0,
        text: `no line has the hash ${this.#sought}: the end is missing`,
      })
  }

  /** Bytes at the end of a file that are no line may be a torn one. */
  #endFile(): void {
    if (this.#lost?.count === 1 && this.#lost.isUnended && this.#lost.isTorn) {
      const text = 'the last line is torn: its end was never written, or has been cut off'
      this.notes.push(remarkAt(this.#lost.at, text))
      this.#lost = undefined
    } else this.#explainLost(undefined)
  }

  /** The head in a line, if its signature verifies. */
  #headOf(line: RawLine, position: FoundPosition): Head | undefined {
    const head = parseHead(line.bytes.toString())
    if (head && this.#keyText === undefined) {
      this.#keyText = head.key
      this.#key = parsePublicKey(head.key)
    }
    if (head && this.#key && isSigned(line.bytes, position, this.#key)) return head
    this.#problem(
      line,
      head && head.key !== this.#keyText
        ? `signed with another key, ${head.key}`
        : 'the signature is wrong: the line has been changed',
    )
    return undefined
  }

  #follow(line: RawLine, position: FoundPosition, head: Head | undefined): void {
    const before = this.#run
    const same = before?.id === position.id
    const problem = same ? goesOn(before, position) : this.#begins(line, position, head)
    if (problem !== undefined) this.#problem(line, problem)
    if (head && isLate(head, before?.hash))
      this.#problem(
        line,
        'inserted: there were lines in the new file before the server changed to it',
      )
    const unsigned = head ? 0 : (same ? before.unsigned : 0) + 1
    if (unsigned === UNSIGNED + 1)
      this.#problem(line, `more than ${UNSIGNED} lines without a signed head: inserted`)
    const digest = hashOf(line.bytes)
    if (digest === this.#sought) this.#found = true
    this.#begun.add(position.id)
    if (head) this.#headHashes.add(digest)
    this.#run = {
      id: position.id,
      seq: position.seq,
      hash: digest,
      at: line,
      unsigned,
      closed: head?.reason === 'closed',
    }
  }

  /** Why a run cannot begin, or continue in these files, with this line. */
  #begins(
    line: RawLine,
    { id, seq, prev }: FoundPosition,
    head: Head | undefined,
  ): string | undefined {
    const note = (text: string) => void this.notes.push(remarkAt(line, text))
    if (this.#begun.has(id)) return 'out of order, or inserted: another run had begun before it'
    if (!head)
      return 'a run begins without its signed first line: lines are missing, or this one was inserted'
    if (seq > 0 && !this.#run && head.reason === 'continued')
      return note(`continues an earlier file, which has ${counted(seq, 'line')} of this run`)
    if (seq > 0) return `${counted(seq, 'line')} of this run ${areOf(seq)} missing before this one`
    if (prev !== NOTHING || head.reason !== 'opened') return 'a run begins with the wrong line'
    const { problem, notes } = checkOpening(head, { run: this.#run, heads: this.#headHashes })
    for (const text of notes) note(text)
    return problem
  }

  /** Bytes that are no line are no problem only if the next run has recorded them and they can be a torn line. */
  #explainLost(head: Head | undefined): void {
    const lost = this.#lost
    if (!lost) return
    this.#lost = undefined
    const more = lost.count > 1 ? ` (this and ${lost.count - 1} after it)` : ''
    const found = head?.torn ?? head?.foreign
    if (!found || !lost.are(found))
      this.#problem(lost.at, `not a line of this log: changed, or inserted${more}`)
    else if (head?.torn && lost.isTorn)
      this.notes.push(
        remarkAt(
          lost.at,
          `torn: ${found.bytes} bytes of an incomplete write, as the server found them when it continued`,
        ),
      )
    else
      this.#problem(
        lost.at,
        `inserted: ${found.bytes} bytes that no server has written${more}, found by the server that continued after them`,
      )
  }

  #problem(at: Pick<RawLine, 'file' | 'number'>, text: string): void {
    this.problems.push(remarkAt(at, text))
  }
}

/** Whether a run continued in a file that another writer had made. Its own previous file may have been moved back. */
const isLate = ({ reason, follows, torn, foreign }: Head, before: string | undefined) =>
  reason === 'continued' &&
  ((follows !== undefined && follows !== before) || torn !== undefined || foreign !== undefined)

/** Why a line cannot follow the last one of its run. */
function goesOn({ seq, hash: last, closed, at }: Run, position: FoundPosition): string | undefined {
  const missing = position.seq - seq - 1
  if (missing > 0) return `${counted(missing, 'line')} ${areOf(missing)} missing before this one`
  if (position.seq <= seq)
    return 'out of order, or inserted: a line with this number or a later one came before'
  if (position.prev !== last)
    return `line ${at.number} of ${at.file}, before this one, has been changed`
  return closed ? 'inserted: its run had ended' : undefined
}

const unclosed = (unsigned: number) =>
  unsigned === 0
    ? 'the run has no end: it continues, or the server was killed, or lines after this one have been cut off'
    : `the run has no end, and ${lastOf(unsigned)} not signed yet: anyone who can write to the file could have changed them, or cut off lines after them`

const lastOf = (count: number) => (count === 1 ? 'its last line is' : `its last ${count} lines are`)
