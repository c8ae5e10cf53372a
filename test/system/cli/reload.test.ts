import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'
import { until } from '../../support/until.ts'

describe('A server that reloads its configuration', function () {
  this.timeout(60_000)

  it('takes the level of its log from it, and keeps the one it has where the file is wrong', async () => {
    await using engine = await EngineProcess.start()
    const file = join(engine.folder, 'engine.toml')
    const before = readFileSync(file, 'utf8')
    const read = 'log level and certificates reloaded, audit files reopened'
    const reloaded = async (level: string) => {
      const from = engine.output.length
      writeFileSync(file, before.replace('"warn"', `"${level}"`))
      engine.child.kill('SIGHUP')
      const said = () => engine.output.slice(from)
      await until(() => said().includes(read) && said().endsWith('\n'), said)
      // time for more, which there should not be
      await wait(100)
      return said()
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    }
    const kept = 'the configuration could not be reloaded; the old state stays in use'
    expect((await reloaded('info')).map(({ msg }) => msg)).to.deep.equal([read])
    const [failed, ...more] = await reloaded('loud')
    expect(failed).to.include({ level: 'error', msg: kept })
    expect(failed.reason).to.match(/engine\.toml: line 1: "log_level": "loud" is not one of/)
    expect(failed).not.to.have.property('error')
    expect(more.map(({ msg }) => msg)).to.deep.equal([read])
    expect((await engine.ask('GET', 'sys/health')).status).to.equal(200)
  })
})
