import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { verified } from '../../support/verified.ts'
import { Cluster } from './cluster.ts'

describe('An audit device that is enabled for two engines on one machine', function () {
  this.timeout(60_000)

  it('has one file, which one of them writes to; the other is not ready, and can disable it', async () => {
    await using cluster = await Cluster.start(2)
    const folder = mkdtempSync(join(tmpdir(), 'postern-cluster-audit-'))
    const [first, second] = [cluster.node(0), cluster.node(1)]
    const file = join(folder, 'audit.log')
    try {
      await first.must('POST', 'sys/audit/file', { type: 'file', options: { file_path: file } })
      await second.healthIs(503)
      expect((await first.ask('GET', 'sys/health')).status).to.equal(200)
      for (let each = 0; each < 5; each++) await first.issue()
      const refused = await second.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
      expect(refused.status).to.equal(500)
      await second.logs('is in use by another engine that is running')
      const { data } = (await first.ask('GET', 'sys/audit-key')).body
      expect((await second.ask('DELETE', 'sys/audit/file')).status).to.equal(204)
      await second.logs('performed without an audit line')
      await second.healthIs(200)
      await second.issue()
      await wait(1100)
      await first.issue()
      const { lines, problems } = await verified([file], { key: data.public_key })
      expect(problems).to.deep.equal([])
      expect(lines).to.be.greaterThan(10)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
