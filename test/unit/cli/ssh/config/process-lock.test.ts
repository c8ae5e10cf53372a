import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ProcessLock } from '../../../../../engine/cli/ssh/config/process-lock.ts'

describe('A lock of processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-lock-'))
  const path = join(folder, 'lock')
  after(() => rmSync(folder, { recursive: true }))
  afterEach(() => rmSync(path, { force: true }))

  it('is held by one, until it lets go', async () => {
    {
      using held = await ProcessLock.take(path, 0)
      expect(held).not.to.equal(undefined)
      writeFileSync(path, `${process.ppid}`)
      expect(await ProcessLock.take(path, 20)).to.equal(undefined)
    }
    expect(existsSync(path)).to.equal(false)
  })

  it('is taken from a process that has gone', async () => {
    writeFileSync(path, `${2 ** 22 + 1}`)
    using held = await ProcessLock.take(path, 1000)
    expect(held).not.to.equal(undefined)
  })
})
