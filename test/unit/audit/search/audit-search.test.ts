import { expect } from 'chai'
import { AuditSearch } from '../../../../engine/audit/search/audit-search.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { openAudit, say } from '../../../support/open-audit.ts'

describe('Searches of audit logs', () => {
  let log: ReturnType<typeof auditFile>
  let key = ''
  before(async () => {
    log = auditFile()
    await using audit = openAudit(new MemoryStore(), [log.device])
    await say(audit, 'a/path')
    key = await audit.publicKey()
  })
  after(() => log[Symbol.dispose]())

  const job = () => ({
    ...{ file: log.file, key, last: undefined, values: [], text: '', limit: 10, after: '' },
    conditions: { all: true },
  })
  const outcomes = async (searches: readonly Promise<object>[]) =>
    (await Promise.allSettled(searches)).map(each =>
      each.status === 'fulfilled' ? each.value : (each.reason as Error).message,
    )

  it('are made one after another, and only so many may wait', async () => {
    using search = new AuditSearch()
    const all = await outcomes(Array.from({ length: 10 }, () => search.search(job())))
    for (const each of all.slice(0, 8))
      expect(each).to.have.nested.property('entries[0].path', 'a/path')
    const busy = 'too many searches of audit logs at once: try again in a moment'
    expect(all.slice(8)).to.deep.equal([busy, busy])
    expect(await search.search(job())).to.have.nested.property('chain.state', 'verified')
  })

  it('are given up when the server is sealed, and made again afterwards', async () => {
    using search = new AuditSearch()
    const waiting = outcomes([search.search(job()), search.search(job())])
    search[Symbol.dispose]()
    const given = 'the search of the audit log was given up: try again in a moment'
    expect(await waiting).to.deep.equal([given, given])
    expect(await search.search(job())).to.have.property('entries')
  })

  it('name a file that cannot be read', async () => {
    using search = new AuditSearch()
    const refused = (file: string) => search.search({ ...job(), file })
    const missing = `${log.folder}/nosuch`
    expect(await refused(missing)).to.deep.equal({
      refused: `cannot read ${missing}: no such file or directory`,
    })
    expect(await refused(log.folder))
      .to.have.property('refused')
      .that.includes(log.folder)
    expect(await search.search(job())).to.have.property('entries')
  })
})
