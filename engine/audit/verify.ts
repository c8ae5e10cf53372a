import { hash, type KeyObject } from 'node:crypto'
import { type Found, hashOf, isSigned, NOTHING, parsePublicKey, placeOf } from './chain.ts'
import { type Head, parseHead } from './head.ts'

/** A place in the files, and what is wrong or worth knowing there. */
export interface Finding {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** A line of a file, its line end included where there is one. */
export interface RawLine {
  readonly file: string
  readonly number: number
  readonly bytes: Buffer
}

/** One run of the server, as far as the lines go. */
interface Run {
  readonly id: string
  /** Number, hash and place of its last line. */
  readonly seq: number
  readonly hash: string
  readonly at: Pick<RawLine, 'file' | 'number'>
  /** Lines since the last signed head. */
  readonly unsigned: number
  readonly closed: boolean
}

/**
 * Follows the chains of lines of an audit log, and gathers what does not fit. What it can tell: a line that was changed, taken out,
 * put in or moved, and the end of a file that was cut, if anything signed comes after it. What it cannot: whether lines are missing
 * behind the last one.
 */
export class Verifier {
  readonly problems: Finding[] = []
  readonly notes: Finding[] = []
  readonly #begun = new Set<string>()
  /** Hashes of all heads. */
  readonly #headHashes = new Set<string>()
  readonly #sought: string | undefined
  #run: Run | undefined
  #key: KeyObject | undefined
  #keyText: string | undefined
  #lost: RawLine[] = []
  #lines = 0
  #heads = 0
  #found = false

  /**
   * @param key the key that must have signed the heads; when absent, the one that the first head names, which proves less
   * @param sought hash of a line that must be there
   */
  constructor(key: string | undefined, sought?: string) {
    this.#key = key === undefined ? undefined : parsePublicKey(key)
    this.#keyText = key
    this.#sought = sought
  }

  /** Lines that have a place, signed heads among them. */
  get lines(): number {
    return this.#lines
  }

  get heads(): number {
    return this.#heads
  }

  /** The key by which the heads were checked. */
  get key(): string | undefined {
    return this.#keyText
  }

  get runs(): number {
    return this.#begun.size
  }

  /** Takes the next line, of the next file when the one before has ended. */
  take(line: RawLine): void {
    if (this.#lost[0] && this.#lost[0].file !== line.file) this.#endFile()
    const place = placeOf(line.bytes)
    if (!place) {
      this.#lost.push(line)
      return
    }
    const head = place.signature === undefined ? undefined : this.#headOf(line, place)
    this.#explainLost(head)
    this.#follow(line, place, head)
    this.#lines++
    if (head) this.#heads++
  }

  /** Says what can be said when the last line has been taken. */
  end(): void {
    this.#endFile()
    if (this.#run && !this.#run.closed)
      this.notes.push(finding(this.#run.at, unclosed(this.#run.unsigned)))
    if (this.#sought !== undefined && !this.#found)
      this.problems.push({
        file: '',
        line: 0,
        text: `no line has the hash ${this.#sought}: the end is missing`,
      })
  }

  /** What stands at the end of a file and is no line may be the beginning of one. */
  #endFile(): void {
    const [last, ...more] = this.#lost
    if (last && more.length === 0 && isCut(last.bytes)) {
      const text = 'the last line is torn: its end was never written, or has been cut off'
      this.notes.push(finding(last, text))
      this.#lost = []
    } else this.#explainLost(undefined)
  }

  /** The head in a line, if it is signed as it must be. */
  #headOf(line: RawLine, place: Found): Head | undefined {
    const head = parseHead(line.bytes.toString())
    if (head && this.#keyText === undefined) {
      this.#keyText = head.key
      this.#key = parsePublicKey(head.key)
    }
    if (head && this.#key && isSigned(line.bytes, place, this.#key)) return head
    this.problems.push(
      finding(
        line,
        head && head.key !== this.#keyText
          ? `signed with another key, ${head.key}`
          : 'the signature is wrong: the line has been changed',
      ),
    )
    return undefined
  }

  #follow(line: RawLine, place: Found, head: Head | undefined): void {
    const before = this.#run
    const same = before?.id === place.id
    const problem = same ? goesOn(before, place) : this.#begins(line, place, head)
    if (problem !== undefined) this.problems.push(finding(line, problem))
    const digest = hashOf(line.bytes)
    if (digest === this.#sought) this.#found = true
    this.#begun.add(place.id)
    if (head) this.#headHashes.add(digest)
    this.#run = {
      id: place.id,
      seq: place.seq,
      hash: digest,
      at: line,
      unsigned: head ? 0 : (same ? before.unsigned : 0) + 1,
      closed: head?.reason === 'closed',
    }
  }

  /** Why a run must not begin, or go on, with this line. */
  #begins(line: RawLine, { id, seq, prev }: Found, head: Head | undefined): string | undefined {
    const note = (text: string) => void this.notes.push(finding(line, text))
    if (this.#begun.has(id)) return 'out of order, or put in: another run had begun before it'
    if (!head)
      return 'a run begins without its signed first line: lines are missing, or this one was put in'
    if (seq > 0 && !this.#run && head.reason === 'continued')
      return note(`goes on from an earlier file, in which there are ${seq} lines of this run`)
    if (seq > 0) return `${seq} lines of this run are missing before this one`
    if (prev !== NOTHING || head.reason !== 'opened') return 'a run begins with the wrong line'
    if (head.after !== undefined && !this.#headHashes.has(head.after)) {
      if (this.#run)
        return 'lines are missing before this run, which the server knew to be there: a loss of power can do that where the device has not sync = true'
      return note('this run began behind earlier lines, which are not in these files')
    }
    if (head.follows === this.#run?.hash) return undefined
    if (head.follows === undefined)
      return note(
        'this run began in an empty file: whether the file before is complete cannot be told',
      )
    if (!this.#run)
      return note('this run began behind an earlier line, which is not in these files')
    return 'lines are missing before this run: it began behind a line that is not here'
  }

  /** What is no line may stand only where a new run says that it found it. */
  #explainLost(head: Head | undefined): void {
    const [first] = this.#lost
    if (!first) return
    const bytes = Buffer.concat(this.#lost.map(line => line.bytes))
    const torn = bytes.subarray(0, -1)
    const known =
      head?.torn?.bytes === torn.length && head.torn.sha256 === hash('sha256', torn, 'hex')
    if (known)
      this.notes.push(
        finding(
          first,
          `torn: ${torn.length} bytes of a write that was cut short, as the server found them when it went on`,
        ),
      )
    else
      for (const line of this.#lost)
        this.problems.push(
          finding(line, 'not a line of this log: changed beyond recognition, or put in'),
        )
    this.#lost = []
  }
}

/** Why a line must not follow the last one of its run. */
function goesOn({ seq, hash: last, closed, at }: Run, place: Found): string | undefined {
  if (place.seq > seq + 1) return `${place.seq - seq - 1} lines are missing before this one`
  if (place.seq <= seq)
    return 'out of order, or put in: lines with this number and later ones came before'
  if (place.prev !== last)
    return `line ${at.number} of ${at.file}, before this one, has been changed`
  return closed ? 'put in: its run had ended' : undefined
}

const unclosed = (unsigned: number) =>
  unsigned === 0
    ? 'the run has no end: it goes on, or the server was killed, or lines after this one have been cut off'
    : `the run has no end, and its last ${unsigned} lines are not signed yet: whoever can write to the file could have changed them, or cut off others behind`

/** Whether a line looks like the beginning of one. */
function isCut(bytes: Buffer): boolean {
  const text = bytes.toString()
  if (text.endsWith('\n') || !'{"time":"'.startsWith(text.slice(0, 9))) return false
  // a whole line and something more is no beginning of a line
  return placeOf(Buffer.from(`${text.slice(0, -1)}\n`)) === undefined
}

const finding = ({ file, number }: Pick<RawLine, 'file' | 'number'>, text: string): Finding => ({
  file,
  line: number,
  text,
})
