import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { ChaosEngine } from '../../support/chaos-engine.ts'
import { until } from '../../support/until.ts'

describe('An audit log of an engine that is started again', function () {
  this.timeout(90_000)

  const textLines = ({ auditFile }: ChaosEngine) =>
    readFileSync(auditFile, 'utf8')
      .split(/(?<=\n)/)
      .filter(Boolean)
  const verify = (engine: ChaosEngine) => {
    try {
      return { code: 0, said: engine.verifyAudit() }
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string }
      return { code: status, said: stdout }
    }
  }

  it('may have a host name of its own with each start', async () => {
    await using engine = await ChaosEngine.start()
    for (const host of ['first', 'second', '']) {
      await engine.stop()
      engine.host = host
      await engine.begin()
      await engine.issue()
    }
    await engine.stop()
    const hosts = textLines(engine).map(line => JSON.parse(line).head?.host)
    expect(hosts).to.include.members(['first', 'second'])
    const { code, said } = verify(engine)
    expect([code, said]).to.deep.equal([0, said])
    expect(said).to.not.match(/TAMPERED|note .*audit\.log/)
  })

  it('cannot be cut between two starts, whatever the host is called', async () => {
    await using engine = await ChaosEngine.start()
    for (let each = 0; each < 5; each++) await engine.issue()
    await engine.stop()
    writeFileSync(engine.auditFile, textLines(engine).slice(0, 8).join(''))
    engine.host = 'other'
    await engine.begin()
    await engine.issue()
    await engine.stop()
    const { code, said } = verify(engine)
    expect(code).to.equal(2)
    expect(said).to.match(/TAMPERED .*:9: lines are missing before this run/)
  })

  it('is written by one engine: another is refused, until that one has ended, however', async () => {
    await using engine = await ChaosEngine.start()
    await using other = await ChaosEngine.start()
    await other.stop()
    await engine.issue()
    await other.begin(`[[audit]]\nfile_path = "${engine.auditFile}"\n`)
    expect((await other.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).status).to.equal(500)
    await until(
      () => other.log.includes('is in use by another engine that is running'),
      () => other.log,
    )
    await engine.issue()
    await engine.kill()
    expect(verify(engine).code).to.equal(0)
    // the lock has ended with the process that held it; the key of the log is not that of this engine
    expect((await other.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).status).to.equal(200)
    await other.stop()
    expect(verify(engine).said).to.include('signed with another key')
  })

  it('is given to one of two engines that begin at the same moment', async () => {
    await using engine = await ChaosEngine.start()
    await using other = await ChaosEngine.start()
    await Promise.all([engine.stop(), other.stop()])
    const audit = `[[audit]]\nfile_path = "${engine.folder}/both.log"\n`
    await Promise.all([engine.begin(audit), other.begin(audit)])
    const answers = await Promise.all(
      [engine, other].map(each => each.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })),
    )
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 500])
  })
})
