import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import type { SqliteBatch } from '../../../engine/storage/sqlite-message.ts'
import { type Outcome, SqliteWriter } from '../../../engine/storage/sqlite-writer.ts'

const VALUE = Buffer.from('value')

describe('SqliteWriter', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-writer-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = () => join(folder, 'test.db')
  const open = () => SqliteWriter.open(file(), 1000)
  const put = (key: string, ...reads: SqliteBatch['reads']): SqliteBatch => ({
    reads,
    writes: [[key, VALUE]],
  })

  /** The version of an entry as another connection reads it. */
  function versionOf(key: string): string | undefined {
    using database = new DatabaseSync(file())
    const row = database.prepare('select version from entry where key = ?').get(key)
    return row && String(row.version)
  }

  /** Each of the batches is durable, and its entry has the version that its outcome tells. */
  const expectDurable = (outcomes: readonly Outcome[], ...keys: readonly string[]) =>
    expect(outcomes.map(String)).to.deep.equal(keys.map(versionOf))

  it('finds a conflict with what another connection has written since', () => {
    using writer = open()
    using other = open()
    writer.commit([put('role')])
    const read = ['role', versionOf('role')] as const
    expectDurable(writer.commit([put('a', read)]), 'a')
    expectDurable(other.commit([put('role')]), 'role')
    expect(writer.commit([put('b', read)])).to.deep.equal([{ conflict: 'role' }])
    expectDurable(writer.commit([put('c', ['role', versionOf('role')])]), 'c')
  })

  it('finds a conflict with what another connection has deleted or made since', () => {
    using writer = open()
    using other = open()
    writer.commit([put('role')])
    const read = ['role', versionOf('role')] as const
    writer.commit([put('a', read, ['none', undefined])])
    other.commit([{ reads: [], writes: [['role', undefined]] }, put('none')])
    expect(writer.commit([put('b', read)])).to.deep.equal([{ conflict: 'role' }])
    expect(writer.commit([put('b', ['none', undefined])])).to.deep.equal([{ conflict: 'none' }])
  })

  it('finds a conflict within a group', () => {
    using writer = open()
    writer.commit([put('role')])
    const read = ['role', versionOf('role')] as const
    const outcomes = writer.commit([put('a', read), put('role', read), put('b', read)])
    expectDurable(outcomes.slice(0, 2), 'a', 'role')
    expect(outcomes.slice(2)).to.deep.equal([{ conflict: 'role' }])
  })

  it('gives each commit a version of its own, whichever process writes it, and after a restart', () => {
    const versions = new Set<string | undefined>()
    const keys = Array.from({ length: 20 }, (_, at) => `key/${at}`)
    for (let round = 0; round < 3; round++) {
      using writer = open()
      using other = open()
      for (const key of keys) {
        for (const each of [writer, other]) {
          expectDurable(each.commit([put(key)]), key)
          versions.add(versionOf(key))
        }
      }
    }
    expect(versions.size).to.equal(3 * 2 * keys.length)
  })

  it('gives no version twice when a group was rolled back', () => {
    using writer = open()
    // SQLite refuses it, which undoes the group, and each is then tried alone
    const outcomes = writer.commit([put('a'), put(null as unknown as string)])
    expectDurable(outcomes.slice(0, 1), 'a')
    expect(outcomes[1]).to.have.property('code')
    expectDurable(writer.commit([put('a'), put('b')]), 'a', 'b')
    using other = open()
    other.commit([put('c')])
    expect(new Set(['a', 'b', 'c'].map(versionOf)).size).to.equal(3)
  })
})
