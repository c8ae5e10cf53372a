import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { datedBackup } from '../../../engine/process/dated-backup.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('Backups with a date', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-dated-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const make = (file: string) => writeFileSync(file, 'copy', { flag: 'wx' })
  const on = (day: number, keep = 3, how = make) =>
    datedBackup({ folder, keep, now: new Date(Date.UTC(2026, 0, day, 1, 2, 3, 4)) }, how)
  const name = (day: number) => `postern-202601${String(day).padStart(2, '0')}T010203Z.db`
  const copies = () => readdirSync(folder).sort()

  it('keeps the newest, and tells where the new one is', () => {
    for (const day of [1, 2, 3, 4, 5]) expect(on(day)).to.equal(join(folder, name(day)))
    expect(copies()).to.deep.equal([3, 4, 5].map(name))
    on(6, 1)
    expect(copies()).to.deep.equal([name(6)])
  })

  it('keeps the new one after the clock has been set back', () => {
    for (const day of [5, 6, 7]) on(day)
    on(1)
    expect(copies()).to.deep.equal([1, 6, 7].map(name))
  })

  it('touches nothing else', () => {
    const others = ['postern.db', 'postern-20260101T010203Z.db.draft', `my-${name(1)}`]
    for (const other of others) writeFileSync(join(folder, other), '')
    mkdirSync(join(folder, name(1)))
    symlinkSync('/dev/null', join(folder, name(2)))
    for (const day of [3, 4, 5]) on(day, 1)
    expect(copies()).to.deep.equal([...others, name(1), name(2), name(5)].sort())
  })

  it('removes nothing where no copy was made', () => {
    for (const day of [1, 2, 3]) on(day)
    const fails = () => {
      throw new Invalid('full')
    }
    expect(() => on(4, 1, fails)).to.throw('full')
    expect(copies()).to.deep.equal([1, 2, 3].map(name))
  })

  it('wants a folder', () => {
    folder = join(folder, 'absent')
    expect(() => on(1)).to.throw(Invalid, /is not a directory/)
    mkdirSync(folder)
    folder = join(folder, '..')
  })
})
