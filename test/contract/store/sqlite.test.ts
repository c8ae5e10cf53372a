import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import { storeContract } from './contract.ts'

const folders: string[] = []

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'postern-sqlite-'))
  folders.push(made)
  return made
}

after(() => {
  for (const each of folders) rmSync(each, { recursive: true })
})

storeContract('SqliteStore', () => SqliteStore.open(folder()))
