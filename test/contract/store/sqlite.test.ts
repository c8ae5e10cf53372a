import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { databaseIn, SqliteStore } from '../../../engine/storage/sqlite.ts'
import { type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { storeContract } from './contract.ts'
import { durableContract } from './durable.ts'

const FULL_DISK = join(import.meta.dirname, 'full-disk.ts')

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
durableContract('SqliteStore', async () => ({ type: 'sqlite', path: folder() }))

describe('SqliteStore', () => {
  const write = (store: Store, key: string, size = 1) =>
    store.commit({ reads: new Map(), writes: new Map([[key, Buffer.alloc(size, 'x')]]) })

  /** A folder with a database in it. */
  async function filled(): Promise<string> {
    const path = folder()
    await using store = await SqliteStore.open(path)
    for (let n = 0; n < 50; n++) await write(store, `k/${n}`, 500)
    return path
  }

  it('lets nobody else read what it makes', async () => {
    const path = join(folder(), 'a', 'b')
    await using store = await SqliteStore.open(path)
    await write(store, 'a')
    const modes = [path, ...['', '-wal', '-shm'].map(end => databaseIn(path) + end)].map(
      each => statSync(each).mode & 0o777,
    )
    expect(modes).to.deep.equal([0o700, 0o600, 0o600, 0o600])
  })

  it('leaves one whole file behind', async () => {
    const path = await filled()
    const copy = folder()
    copyFileSync(databaseIn(path), databaseIn(copy))
    await using store = await SqliteStore.open(copy)
    expect(await store.list('k/')).to.have.length(50)
  })

  for (const [what, change, problem] of [
    ['is cut off', (file: string) => truncateSync(file, 8192), /damaged|is not a database/],
    ['is overwritten', (file: string) => scribble(file, 4096), /damaged/],
    ['is no database', (file: string) => writeFileSync(file, 'x'.repeat(8192)), /not a database/],
    ['is open to others', (file: string) => chmodSync(file, 0o640), /chmod 600/],
    [
      'is of a newer version',
      (file: string) => sql(file, 'pragma user_version = 2'),
      /newer version/,
    ],
    [
      'belongs to another program',
      (file: string) => sql(file, 'pragma application_id = 7'),
      /another program/,
    ],
    [
      'is in a folder that others can change',
      (file: string) => chmodSync(join(file, '..'), 0o770),
      /chmod go-w/,
    ],
  ] as const)
    it(`refuses a file that ${what}, and names it`, async () => {
      const path = await filled()
      const file = databaseIn(path)
      change(file)
      const before = readFileSync(file)
      const failure = await SqliteStore.open(path).catch(error => error)
      expect(failure).to.have.property('name', 'Invalid')
      expect(failure.message).to.match(problem).and.to.include(path)
      expect(readFileSync(file).equals(before)).to.equal(true)
    })

  it('refuses a path that cannot be a folder', async () => {
    const path = join(folder(), 'file')
    writeFileSync(path, '')
    const failure = await SqliteStore.open(path).catch(error => error)
    expect(failure).to.have.property('name', 'Invalid')
    mkdirSync(databaseIn(folder()))
  })

  it('says so while another process holds the lock, and goes on after it', async () => {
    const path = await filled()
    await using store = await SqliteStore.open(path, { lockTimeout: 100 })
    using other = new DatabaseSync(databaseIn(path))
    other.exec('begin immediate')
    const failure = await write(store, 'a').catch(error => error)
    expect(failure).to.be.instanceOf(StoreUnavailable)
    expect(failure.message).to.equal(
      'the storage cannot be used: another process has held its lock for too long',
    )
    expect(await store.list('k/')).to.have.length(50)
    other.exec('rollback')
    await write(store, 'a')
  })

  it('says so when it is used after its end', async () => {
    const store = await SqliteStore.open(folder())
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    for (const use of [store.get('a'), store.list(''), write(store, 'a')])
      expect(await use.catch(error => error)).to.be.instanceOf(StoreUnavailable)
  })

  it('loses nothing on a full disk, and goes on when there is room', () => {
    const disk = folder()
    const own = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
    const { stdout, stderr } = spawnSync(
      'unshare',
      [...own, '--mount', process.execPath, FULL_DISK, disk],
      { encoding: 'utf8', timeout: 20_000 },
    )
    expect(stderr).to.equal('')
    expect(JSON.parse(stdout)).to.deep.equal({
      failure: 'StoreUnavailable: the storage cannot be used: its disk is full',
      small: 'done',
      lost: 0,
      readable: true,
      again: 'done',
      lostAfterReopening: 0,
      readOnly: `Invalid: ${databaseIn(disk)} cannot be used: its file is read-only`,
    })
  }).timeout(60_000)
})

function scribble(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0xa5, at, at + 2000)
  writeFileSync(file, bytes)
}

function sql(file: string, text: string): void {
  using database = new DatabaseSync(file)
  database.exec(text)
}
