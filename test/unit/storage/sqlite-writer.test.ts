import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import type { SqliteBatch } from '../../../engine/storage/sqlite-message.ts'
import { SqliteWriter } from '../../../engine/storage/sqlite-writer.ts'

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

  it('finds a conflict with what another connection has written since', () => {
    using writer = open()
    using other = open()
    writer.commit([put('role')])
    const read = ['role', versionOf('role')] as const
    expect(writer.commit([put('a', read)])).to.deep.equal(['durable'])
    expect(other.commit([put('role')])).to.deep.equal(['durable'])
    expect(writer.commit([put('b', read)])).to.deep.equal([{ conflict: 'role' }])
    expect(writer.commit([put('c', ['role', versionOf('role')])])).to.deep.equal(['durable'])
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
    expect(writer.commit([put('a', read), put('role', read), put('b', read)])).to.deep.equal([
      'durable',
      'durable',
      { conflict: 'role' },
    ])
  })

  it('gives each entry a version of its own, whichever process writes it, and after a restart', () => {
    const versions = new Set<string | undefined>()
    const keys = Array.from({ length: 20 }, (_, at) => `key/${at}`)
    for (let round = 0; round < 3; round++) {
      using writer = open()
      using other = open()
      for (const key of keys) {
        for (const each of [writer, other]) {
          expect(each.commit([put(key)])).to.deep.equal(['durable'])
          versions.add(versionOf(key))
        }
      }
    }
    expect(versions.size).to.equal(3 * 2 * keys.length)
  })

  it('gives no version twice when a group was rolled back', () => {
    using writer = open()
    // SQLite refuses it, which undoes the group, and each is then tried alone
    const [durable, refused] = writer.commit([put('a'), put(null as unknown as string)])
    expect(durable).to.equal('durable')
    expect(refused).to.have.property('code')
    expect(writer.commit([put('a'), put('b')])).to.deep.equal(['durable', 'durable'])
    using other = open()
    other.commit([put('c')])
    expect(new Set(['a', 'b', 'c'].map(versionOf)).size).to.equal(3)
  })
})
