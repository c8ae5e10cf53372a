import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { expect } from 'chai'
import type { Audit } from '../../../../engine/audit/audit.ts'
import { FileVerification } from '../../../../engine/audit/search/file-verification.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { openAudit, say } from '../../../support/open-audit.ts'

describe('The state of the hash chain of a log', () => {
  const store = new MemoryStore()
  let log: ReturnType<typeof auditFile>
  let audit: Audit
  let file: number
  let verification: FileVerification
  beforeEach(async () => {
    log = auditFile()
    audit = openAudit(store, [log.device])
    await logged(20)
    file = openSync(log.file, 'r')
    verification = await begun()
  })
  afterEach(async () => {
    await audit.close()
    closeSync(file)
    log[Symbol.dispose]()
  })

  const begun = async (more: { key?: string; written?: number } = {}) =>
    new FileVerification(file, { path: log.file, key: await audit.publicKey(), ...more })
  const logged = async (times: number) => {
    for (let time = 0; time < times; time++) await say(audit, `line ${time}`)
  }
  const place = async () => {
    const next = (await audit.device(`${log.device.path}`))?.next
    return next && { id: next.id, seq: next.seq - 1 }
  }
  const state = async (last?: Awaited<ReturnType<typeof place>>) => {
    while (verification.advance(file, performance.now() + 10)) {}
    return verification.state(file, last)
  }
  const size = () => readFileSync(log.file).length

  it('is verified to the last line, and goes on with the file', async () => {
    expect(await state()).to.deep.include({ state: 'verified', lines: 21, bytes: size() })
    await logged(3)
    expect(await state()).to.deep.include({ state: 'verified', lines: 24, of_bytes: size() })
    await audit.close()
    await logged(1)
    expect((await state()).state).to.equal('verified')
  })

  it('is unknown for a file without lines, and before a torn line is explained', async () => {
    const { bytes, lines } = await state()
    appendFileSync(log.file, '{"time":"2026')
    // a line that is being written
    expect(await state()).to.deep.include({ state: 'verified', bytes, lines })
    appendFileSync(log.file, '\n')
    expect((await state()).state).to.equal('unknown')
    writeFileSync(log.file, '')
    verification = await begun()
    expect(await state()).to.deep.include({ state: 'unknown', lines: 0 })
  })

  it('is broken at a changed line, and names the lines before it', async () => {
    const text = readFileSync(log.file, 'utf8').split(/(?<=\n)/)
    writeFileSync(
      log.file,
      text.map((line, at) => (at === 9 ? line.replace('line', 'lime') : line)).join(''),
    )
    const broken = await state()
    expect(broken).to.deep.include({ state: 'broken', lines: 10 })
    expect(broken.problem).to.match(/^line 11: line 10 of .* has been changed$/)
    await logged(3)
    expect(await state()).to.deep.include({ state: 'broken', lines: 10 })
  })

  it('is broken with another key, at the first head', async () => {
    verification = await begun({ key: 'A'.repeat(43) })
    expect(await state()).to.deep.include({ state: 'broken', lines: 0 })
  })

  it('is broken by a line that is longer than any, which is not read whole', async () => {
    appendFileSync(log.file, 'x'.repeat(2_000_000))
    expect(await state()).to.deep.include({ state: 'broken', lines: 21 })
  })

  it('is broken where lines are missing at the end that the engine has written', async () => {
    verification = await begun({ written: 0 })
    const end = size()
    await logged(4)
    const last = await place()
    expect((await state(last)).state).to.equal('verified')
    expect((await state(last)).state).to.equal('verified')
    truncateSync(log.file, end)
    verification = await begun({ written: 0 })
    await state(last)
    const broken = await state(last)
    expect(broken).to.deep.include({ state: 'broken', lines: 21 })
    expect(broken.problem).to.equal('4 lines that the engine has written are missing at the end')
    // a line may be made a moment before it is written
    verification = await begun({ written: 60_000 })
    for (let times = 0; times < 2; times++) expect((await state(last)).state).to.equal('verified')
    // another run has begun
    verification = await begun({ written: 0 })
    const other = { id: 'f'.repeat(16), seq: 9 }
    for (let times = 0; times < 2; times++) expect((await state(other)).state).to.equal('verified')
  })

  it('is not the one of a file that became shorter', async () => {
    await state()
    expect(verification.isOf(file)).to.equal(true)
    truncateSync(log.file, 10)
    expect(verification.isOf(file)).to.equal(false)
  })
})
