import { closeSync, constants, openSync } from 'node:fs'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { Invalid } from '../../../shared/invalid.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { type ChainState, FileVerification, type LinePlace } from './file-verification.ts'
import { type Found, type Search, searchFile } from './search-file.ts'

/** A search in the log of one device. */
export interface SearchJob extends Search {
  readonly file: string
  /** The public key that verifies the log. */
  readonly key: string
  /** The place of the last line that the engine has made for it; undefined if it has made none. */
  readonly last: LinePlace | undefined
}

/** What came of a search; `refused` is a sentence for the client. */
export type SearchOutcome = (Found & { readonly chain: ChainState }) | { readonly refused: string }

/** Milliseconds that a search spends on verifying, and that verifying takes at once, and pauses, while no search waits. */
const VERIFYING = { search: 200, atOnce: 50, pause: 50 }

/** Milliseconds for which a log is verified after the last search in it. */
const IDLE = 60_000

/** Milliseconds after which a log that is still searched is verified from its beginning again. */
const AGAIN = 600_000

/** The thread that searches logs, one search after another, and verifies them meanwhile, so that the server goes on. */
if (parentPort) start(parentPort)

function start(port: MessagePort): void {
  const logs = new Map<string, Log>()
  port.on('message', (job: SearchJob) => {
    const log = logs.get(job.file) ?? new Log(job.file)
    logs.set(job.file, log)
    port.postMessage(log.search(job))
  })
}

/** A log that has been searched, with how far it has been verified. */
class Log {
  readonly #path: string
  #verification: FileVerification | undefined
  #timer: NodeJS.Timeout | undefined
  #searchedAt = 0
  #begunAt = Number.NEGATIVE_INFINITY

  constructor(path: string) {
    this.#path = path
  }

  search(job: SearchJob): SearchOutcome {
    this.#searchedAt = performance.now()
    return this.#opened(job, file => {
      const found = searchFile(file, job)
      const verification = this.#verificationOf(file, job.key)
      if (verification.advance(file, performance.now() + VERIFYING.search)) this.#goOn(job)
      return { ...found, chain: verification.state(file, job.last) }
    })
  }

  #opened(job: SearchJob, work: (file: number) => SearchOutcome): SearchOutcome {
    let file: number | undefined
    try {
      file = openSync(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      return work(file)
    } catch (error) {
      if (error instanceof Invalid) return { refused: error.message }
      return { refused: `cannot read ${job.file}: ${systemReason(error)}` }
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  #verificationOf(file: number, key: string): FileVerification {
    // a line that has been read is not looked at again until then
    const isOld = performance.now() - this.#begunAt > AGAIN
    if (isOld || !this.#verification?.isOf(file)) {
      this.#begunAt = performance.now()
      this.#verification = new FileVerification(file, { path: this.#path, key })
    }
    return this.#verification
  }

  /** Verifies on, with pauses for searches and for the other threads of this machine. */
  #goOn(job: SearchJob): void {
    if (this.#timer || performance.now() - this.#searchedAt > IDLE) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#opened(job, file => {
        const verification = this.#verificationOf(file, job.key)
        if (verification.advance(file, performance.now() + VERIFYING.atOnce)) this.#goOn(job)
        return { refused: '' }
      })
    }, VERIFYING.pause)
  }
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
