import { join } from 'node:path'
import { expect } from 'chai'
import { LastingEngine } from '../support/lasting-engine.ts'
import { Postgres } from '../support/postgres.ts'
import { ROLE } from './cluster.ts'

const MAIN = join(import.meta.dirname, '../../engine/main.ts')

describe('operator migrate', function () {
  this.timeout(60_000)

  it('moves an engine from SQLite to PostgreSQL and back, and loses neither passwords nor leases', async () => {
    await using postgres = await Postgres.start()
    await using engine = await LastingEngine.start([process.execPath, MAIN])
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await engine.ask('POST', 'ssh/roles/web', ROLE)
    const issue = async () => (await engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).body
    const verify = async (otp: string) => (await engine.ask('PUT', 'ssh/verify', { otp })).status
    const leases = async () =>
      (await engine.ask('LIST', 'sys/leases/lookup/ssh/creds/web')).body.data.keys

    async function move(to: string) {
      const from = engine.config
      await engine.kill()
      const moved = await engine.run('operator', 'migrate', `-config=${from}`, `-to=${to}`)
      expect(moved.code, moved.err).to.equal(0)
      expect(moved.out).to.match(/^Success! \d+ keys are copied, and the same in both/)
      engine.config = to
      await engine.restart()
    }

    const [used, first, second] = [await issue(), await issue(), await issue()]
    expect(await verify(used.data.key)).to.equal(200)
    const before = await leases()
    expect(before).to.have.length(2)

    const url = await postgres.database()
    const storage = `type = "postgresql"\nconnection_url = "${url}"`
    await move(engine.configWith('postgresql', storage))
    expect(await leases()).to.deep.equal(before)
    expect(await verify(used.data.key)).to.equal(400)
    expect(await verify(first.data.key)).to.equal(200)
    const third = await issue()

    await move(engine.configFor(join(engine.folder, 'back')))
    expect(await leases()).to.have.length(2)
    for (const { data } of [second, third]) {
      expect(await verify(data.key)).to.equal(200)
      expect(await verify(data.key)).to.equal(400)
    }
    expect(await verify(first.data.key)).to.equal(400)
  })
})
