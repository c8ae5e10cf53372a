// The thread of the floor: commits what it is sent, in one transaction with one sync.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** A row to put, or without a value to delete. */
export type FloorWrite = readonly [name: string, value?: Uint8Array]

const database = new DatabaseSync(join(workerData, 'floor.db'))
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table entry (key text primary key, value blob not null, version integer not null) strict, without rowid`)
const put = database.prepare('insert or replace into entry values (?, ?, ?)')
const remove = database.prepare('delete from entry where key = ?')
let version = 0

parentPort?.on('message', (writes: readonly FloorWrite[]) => {
  database.exec('begin immediate')
  for (const [name, value] of writes) {
    if (value) put.run(name, value, ++version)
    else remove.run(name)
  }
  database.exec('commit')
  parentPort?.postMessage('durable')
})
parentPort?.postMessage('open')
