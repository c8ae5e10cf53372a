import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startedAt } from '../../../../helper/setup/process-start.ts'
import { lockSetup, waitForLock } from '../../../../helper/setup/setup-lock.ts'

describe('The lock of a set-up', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'postern-lock-')), 'run')
  let other: ChildProcess

  before(() => {
    other = spawn('sleep', ['60'], { stdio: 'ignore' })
  })
  after(() => {
    other.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  const fileOf = (pid: number, since: number | undefined) => join(folder, `lock.${pid}.${since}`)

  it('is free again, and leaves nothing', () => {
    for (let runs = 0; runs < 2; runs++) lockSetup(folder)[Symbol.dispose]()
    expect(existsSync(folder)).to.equal(false)
  })

  it('does not count a process that is gone, or another one with its number', () => {
    using _ = lockSetup(folder)
    writeFileSync(fileOf(other.pid ?? 0, (startedAt(other.pid ?? 0) ?? 0) - 1), '')
    writeFileSync(fileOf(2 ** 30, 1), '')
    expect(() => lockSetup(folder)).to.throw('cannot be made')
  })

  it('is refused while another run has it, whose file stays, and a rollback waits for that', async () => {
    const held = fileOf(other.pid ?? 0, startedAt(other.pid ?? 0))
    {
      using _ = lockSetup(folder)
      writeFileSync(held, '')
    }
    expect(() => lockSetup(folder)).to.throw(`(process ${other.pid})`)
    let isWaiting = true
    const waiting = waitForLock(folder).then(lock => {
      isWaiting = false
      return lock
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect([isWaiting, existsSync(held)]).to.deep.equal([true, true])
    rmSync(held)
    ;(await waiting)[Symbol.dispose]()
  })
})
