import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ChaosEngine } from '../../support/chaos-engine.ts'

describe('An engine whose files are damaged', function () {
  this.timeout(60_000)

  const databaseOf = ({ database }: ChaosEngine, ending: string) => {
    const [name = ''] = readdirSync(database).filter(each => each.endsWith(ending))
    return join(database, name)
  }

  it('works with what it had answered before the last, torn writes', async () => {
    await using engine = await ChaosEngine.start()
    const kept = await engine.issue()
    for (let each = 0; each < 30; each++) await engine.issue()
    await engine.kill()
    const log = databaseOf(engine, '-wal')
    truncateSync(log, statSync(log).size - 100)
    await engine.begin()
    expect(await engine.verify(kept.otp)).to.equal(200)
    expect(await engine.verify(kept.otp)).to.equal(400)
  })

  it('does not start on a database that is none, and says which file it is', async () => {
    await using engine = await ChaosEngine.start()
    await engine.issue()
    await engine.kill()
    for (const name of readdirSync(engine.database))
      writeFileSync(
        join(engine.database, name),
        'not a database, but long enough to be taken for one'.repeat(200),
      )
    const error = await engine.begin().catch(reason => String(reason))
    expect(error).to.include('ended with 1')
    expect(error).to.include(engine.database)
  })

  it('does not start on a database of which a page is broken', async () => {
    await using engine = await ChaosEngine.start()
    for (let each = 0; each < 200; each++) await engine.issue()
    await engine.stop()
    const file = databaseOf(engine, '.db')
    const bytes = readFileSync(file)
    bytes.fill(0xa5, 4096 * 3, 4096 * 5)
    writeFileSync(file, bytes)
    const error = await engine.begin().catch(reason => String(reason))
    expect(error).to.include('ended with 1')
    expect(error).to.include(file)
  })
})
