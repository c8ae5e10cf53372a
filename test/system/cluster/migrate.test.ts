import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { LastingEngine } from '../../support/lasting-engine.ts'
import { Postgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'
import { ROLE } from './cluster.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('operator migrate', function () {
  this.timeout(120_000)

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
      expect(moved.out).to.match(/^Success! \d+ keys copied and compared/)
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

  it('takes nothing from an engine that still runs on PostgreSQL, and loses nothing that it has answered', async () => {
    await using postgres = await Postgres.start()
    await using engine = await LastingEngine.start([process.execPath, MAIN])
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await engine.ask('POST', 'ssh/roles/web', ROLE)
    const storage = `type = "postgresql"\nconnection_url = "${await postgres.database()}"`
    const [first, second] = [engine.config, engine.configWith('postgresql', storage)]
    await engine.kill()
    await engine.run('operator', 'migrate', `-config=${first}`, `-to=${second}`)
    engine.config = second
    await engine.restart()

    const otps: string[] = []
    const issue = () => engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
    const load = (async () => {
      for (;;) {
        const { status, body } = await issue()
        if (status !== 200) return body.errors.join()
        otps.push(body.data.key)
      }
    })()
    while (otps.length < 20) await setTimeout(5)
    const third = engine.configFor(join(engine.folder, 'third'))
    const moved = await engine.run('operator', 'migrate', `-config=${second}`, `-to=${third}`)
    expect(moved.code, moved.err).to.equal(0)
    expect(await load).to.include('the storage has been migrated')
    engine.config = third
    await engine.kill()
    await engine.restart()
    const verify = async (otp: string) => (await engine.ask('PUT', 'ssh/verify', { otp })).status
    expect([...new Set(await Promise.all(otps.map(verify)))]).to.deep.equal([200])
  })

  it('copies nothing to where an engine waits for its data', async () => {
    await using postgres = await Postgres.start()
    await using engine = await LastingEngine.start([process.execPath, MAIN])
    const storage = `type = "postgresql"\nconnection_url = "${await postgres.database()}"`
    const [first, second] = [engine.config, engine.configWith('postgresql', storage)]
    await engine.kill()
    const other = await LastingEngine.wait([process.execPath, MAIN], storage)
    const migrate = () => engine.run('operator', 'migrate', `-config=${first}`, `-to=${second}`)
    try {
      const refused = await migrate()
      expect(refused.code).to.equal(1)
      expect(refused.err).to.include('the destination is in use by engines')
    } finally {
      await other[Symbol.asyncDispose]()
    }
    // a server notices only a while later that a client has gone
    const sessions = "select from pg_stat_activity where application_name = 'postern'"
    await until(async () => (await postgres.ask(sessions)).length === 0)
    const moved = await migrate()
    expect(moved.code, moved.err).to.equal(0)
  })

  it('ends what a restored PostgreSQL database has brought back', async () => {
    await using postgres = await Postgres.start()
    await using engine = await LastingEngine.start([process.execPath, MAIN])
    const storage = `type = "postgresql"\nconnection_url = "${await postgres.database()}"`
    const [first, second] = [engine.config, engine.configWith('postgresql', storage)]
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await engine.ask('POST', 'ssh/roles/web', ROLE)
    const { body } = await engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
    await engine.kill()
    await engine.run('operator', 'migrate', `-config=${first}`, `-to=${second}`)
    const file = await engine.run(
      'operator',
      'restore',
      `-config=${second}`,
      join(engine.folder, 'data'),
    )
    expect(file.err).to.include('with its own tools')
    const marked = await engine.run('operator', 'restore', `-config=${second}`)
    expect(marked.code, marked.err).to.equal(0)
    engine.config = second
    await engine.restart()
    expect((await engine.ask('PUT', 'ssh/verify', { otp: body.data.key })).status).to.equal(400)
    expect((await engine.ask('GET', 'sys/mounts')).status).to.equal(403)
  })
})
