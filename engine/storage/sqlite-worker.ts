import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Invalid } from '../../shared/invalid.ts'
import { type SqliteMessage, unpack } from './sqlite-message.ts'
import { type Outcome, SqliteWriter } from './sqlite-writer.ts'

/** The settings that the thread is started with. */
export interface WriterSettings {
  readonly file: string
  /** Milliseconds to wait for the lock of another process. */
  readonly lockTimeout: number
}

/** Batches to commit, sent when the outcome of those before is known; an empty message closes the database. */
export type ToWriter = SqliteMessage

/** First whether the database is open, then the outcome of each batch, in the order in which they were sent. */
export type FromWriter = { readonly opened: true } | { readonly refused: string } | Outcomes

type Outcomes = readonly Outcome[]

/** The thread that writes, and waits for the disk. All batches of a message share a sync (group commit). */
if (parentPort) start(parentPort)

function start(port: MessagePort): void {
  const say = (message: FromWriter) => port.postMessage(message)
  let writer: SqliteWriter
  try {
    const { file, lockTimeout } = workerData as WriterSettings
    writer = SqliteWriter.open(file, lockTimeout)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    say({ refused: error.message })
    port.close()
    return
  }
  port.on('message', (message: ToWriter) => {
    const batches = unpack(message)
    if (batches.length > 0) {
      say(writer.commit(batches))
      return
    }
    writer[Symbol.dispose]()
    port.close()
  })
  say({ opened: true })
}
