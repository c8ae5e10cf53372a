import { join } from 'node:path'
import { expect } from 'chai'
import { WorkerEngine } from './worker-engine.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')
const PROVOKE = join(import.meta.dirname, '../../support/provoke.cjs')

describe('An error that was caught nowhere in a worker', function () {
  this.timeout(60_000)

  it('does not end it', async () => {
    const program = [process.execPath, '--require', PROVOKE, MAIN]
    await using engine = await WorkerEngine.start(2, program)
    const { workers } = engine
    const survived = () => (engine.stderr.match(/uncaught error/g) ?? []).length
    for (const pid of [...workers, engine.pid]) process.kill(pid, 'SIGUSR2')
    await engine.until(() => survived() >= 6)
    expect(survived()).to.equal(6)
    expect((await engine.ask('GET', 'sys/health')).status).to.equal(200)
    expect(workers).to.have.length(2)
    expect(engine.workers).to.deep.equal(workers)
  })
})
