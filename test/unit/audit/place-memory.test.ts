import { copyFileSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { auditFile } from '../../support/audit-file.ts'
import { openAudit, say } from '../../support/open-audit.ts'
import { verified } from '../../support/verified.ts'

const GONE =
  'the record of this log in the store had been deleted when this run began: lines may be missing'

describe('What a store remembers of an audit log', () => {
  let store: MemoryStore
  let log: ReturnType<typeof auditFile>
  beforeEach(() => {
    store = new MemoryStore()
    log = auditFile()
  })
  afterEach(() => log[Symbol.dispose]())

  async function run(file = log.file) {
    const device = { ...log.device, options: { file_path: file } }
    await using audit = openAudit(store, [device])
    for (let time = 0; time < 3; time++) await say(audit, `line ${time}`)
  }
  const verify = async (...files: readonly string[]) =>
    verified(files.length > 0 ? files : [log.file], { key: await openAudit(store).publicKey() })
  const cut = (lines: number) =>
    writeFileSync(
      log.file,
      log
        .text()
        .split(/(?<=\n)/)
        .slice(0, lines)
        .join(''),
    )
  const heads = () => log.lines().flatMap(({ head }) => (head ? [head] : []))

  /** Deletes, or changes, all rows under a name, as whoever may write to the database can. */
  async function spoil(prefix: string, value?: Uint8Array) {
    const names = await store.list(prefix)
    expect(names).to.not.deep.equal([])
    const writes = new Map(names.map(name => [prefix + name, value]))
    await store.commit({ reads: new Map(), writes })
  }

  it('is always said, also that it is nothing', async () => {
    await run()
    await run()
    const [first, , second] = heads()
    expect(first.after).to.equal('0'.repeat(64))
    expect(second.after).to.match(/^[0-9a-f]{64}$/)
    expect(second.after).to.not.equal(first.after)
    expect(new Set(heads().map(({ place }) => place)).size).to.equal(1)
    expect(first.place).to.match(/^[0-9a-f]{32}$/)
  })

  for (const lines of [9, 5, 1])
    it(`is missed when it was deleted, also with the end of the log, but ${lines} lines`, async () => {
      await run()
      await run()
      cut(lines)
      await spoil('audit/head/')
      await run()
      expect((await verify()).problems).to.deep.equal([`${lines + 1}: ${GONE}`])
    })

  it('is missed when all that names the place was deleted, too', async () => {
    await run()
    cut(3)
    await spoil('audit/head/')
    await spoil('audit/place/')
    await run()
    expect((await verify()).problems).to.deep.equal([`4: ${GONE}`])
  })

  it('is missed of a log that was emptied', async () => {
    await run()
    cut(0)
    await run()
    expect((await verify()).notes).to.deep.equal([
      '1: this run follows earlier lines that are not in these files',
    ])
    await spoil('audit/head/')
    cut(0)
    await run()
    expect((await verify()).problems).to.deep.equal([`1: ${GONE}`])
  })

  it('follows the log to another host name, as a container has after each start', async () => {
    await run()
    const moved = join(log.folder, 'moved')
    cpSync(log.file, moved)
    await run(moved)
    expect(await verify(moved)).to.deep.equal({ lines: 10, problems: [], notes: [] })
    writeFileSync(
      moved,
      log
        .text()
        .split(/(?<=\n)/)
        .slice(0, 2)
        .join(''),
    )
    const again = join(log.folder, 'again')
    copyFileSync(moved, again)
    await run(again)
    expect((await verify(again)).problems).to.have.length(1)
    expect((await verify(again)).problems[0]).to.match(/^3: lines are missing before this run/)
  })

  it('is of the log itself, also if that of another is put in its place', async () => {
    const other = join(log.folder, 'other')
    await run()
    await run(other)
    copyFileSync(other, log.file)
    await run()
    expect(await verify()).to.deep.equal({
      lines: 10,
      problems: [],
      notes: [
        '6: this server wrote to another file of this name before, and the end of that file is not in these files: the file has been replaced',
      ],
    })
  })

  it('is taken over from versions that kept it under the name of the host', async () => {
    await run()
    const [name = ''] = await store.list('audit/place/')
    const [id = ''] = await store.list('audit/head/')
    const head = await store.get(`audit/head/${id}`)
    // as those versions left it: no id in the store, and none in the file
    const writes = new Map([
      [`audit/place/${name}`, undefined],
      [`audit/head/${id}`, undefined],
      [`audit/head/${name}`, head?.value],
    ])
    await store.commit({ reads: new Map(), writes })
    rmSync(log.file)
    await run()
    expect((await verify()).notes).to.deep.equal([
      '1: this run follows earlier lines that are not in these files',
    ])
    expect(await store.list('audit/head/')).to.have.length(1)
    expect(hostname()).to.not.equal('')
  })

  it('is waited for: no run begins that could not be asked whether there was one before', async () => {
    await run()
    const audit = openAudit(store, [log.device])
    await audit.reload()
    const get = store.get.bind(store)
    store.get = key =>
      key.startsWith('audit/place') ? Promise.reject(new Error('away')) : get(key)
    const failed = await say(audit, 'a').catch(error => error)
    expect(failed.code).to.equal('internal')
    store.get = get
    await say(audit, 'b')
    await audit.close()
    expect((await verify()).problems).to.deep.equal([])
  })
})
