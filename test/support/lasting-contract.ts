import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { openStore } from '../../engine/open-store.ts'
import { databaseIn } from '../../engine/storage/sqlite.ts'
import { LastingEngine } from './lasting-engine.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

/** What an engine keeps when it is killed, and what its commands for storage do. `command` starts the program. */
export function lastingContract(title: string, command: readonly string[]) {
  describe(`${title}, with its data in SQLite`, function () {
    // an engine is started for each test, from its sources in some
    this.timeout(60_000)

    let engine: LastingEngine

    beforeEach(async () => {
      engine = await LastingEngine.start(command)
      await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
      await engine.ask('POST', 'ssh/roles/web', ROLE)
    })
    afterEach(() => engine[Symbol.asyncDispose]())

    const issue = async () => (await engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).body
    const verify = (otp: string) => engine.ask('PUT', 'ssh/verify', { otp })

    it('has lost nothing when it was killed under load, and takes each password once', async () => {
      const [issued, used, asked]: [string[], string[], string[]] = [[], [], []]
      /** Makes passwords and uses each second one, until nobody answers. */
      async function client() {
        for (let n = 0; ; n++) {
          const { key } = (await issue()).data
          issued.push(key)
          if (n % 2 === 0) continue
          asked.push(key)
          if ((await verify(key)).status === 200) used.push(key)
        }
      }
      const clients = Promise.allSettled(Array.from({ length: 8 }, client))
      while (used.length < 50) await setTimeout(5)
      await engine.kill()
      await clients
      await engine.restart()

      const good = async (key: string) => (await verify(key)).status === 200
      const again = await Promise.all(used.map(good))
      const fresh = issued.filter(key => !asked.includes(key))
      const first = await Promise.all(fresh.map(good))
      const second = await Promise.all(fresh.map(good))
      expect([again.some(Boolean), first.every(Boolean), second.some(Boolean)]).to.deep.equal([
        false,
        true,
        false,
      ])
      expect(fresh.length).to.be.above(20)
      expect((await engine.ask('GET', 'ssh/roles/web')).body.data).to.include(ROLE)
    })

    it('still ends leases that were made before it was killed', async () => {
      const { lease_id: lease } = await issue()
      await engine.kill()
      await engine.restart()
      const lookup = () => engine.ask('PUT', 'sys/leases/lookup', { lease_id: lease })
      expect((await lookup()).body.data).to.include({ id: lease })
      await engine.ask('PUT', 'sys/leases/revoke', { lease_id: lease })
      expect((await lookup()).status).to.equal(400)
    })

    it('is copied while it works, and replaces no file', async () => {
      const { data } = await issue()
      const folder = join(engine.folder, 'copy')
      mkdirSync(folder, { mode: 0o700 })
      const file = databaseIn(folder)
      let working = true
      const load = (async () => {
        while (working) await issue()
      })()
      const made = await engine.run('operator', 'backup', `-config=${engine.config}`, file)
      working = false
      await load
      expect(made).to.deep.equal({
        code: 0,
        out: `Success! The storage was backed up to ${file}\n`,
        err: '',
      })
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      const again = await engine.run('operator', 'backup', `-config=${engine.config}`, file)
      expect(again).to.deep.equal({
        code: 1,
        out: '',
        err: `${file} exists already, and is not overwritten: name another file\n`,
      })
      const inFolder = await engine.run('operator', 'backup', `-config=${engine.config}`, folder)
      expect([inFolder.code, inFolder.err]).to.deep.equal([
        1,
        `${folder} is a directory: name a new file in it, or give -keep=N\n`,
      ])

      await engine.kill()
      engine.useData(folder)
      await engine.restart()
      expect((await verify(data.key)).status).to.equal(200)
      expect((await verify(data.key)).status).to.equal(400)
    })

    it('goes on with a copy of its storage', async () => {
      const { data } = await issue()
      await engine.kill()
      const folder = join(engine.folder, 'copy')
      const to = engine.configFor(folder)
      const copied = await engine.run(
        'operator',
        'migrate',
        `-config=${engine.config}`,
        `-to=${to}`,
      )
      expect(copied.code, copied.err).to.equal(0)
      expect(copied.out).to.match(/^Success! \d+ keys copied and compared/)
      {
        await using store = await openStore({ type: 'sqlite', path: folder })
        expect(await store.list('')).to.not.deep.equal([])
      }
      const again = await engine.run('operator', 'migrate', `-config=${engine.config}`, `-to=${to}`)
      expect([again.code, again.err]).to.deep.equal([
        1,
        'the source has already been migrated elsewhere; if that was to this destination, the copy is complete: start the engine with it; to undo that, run "postern operator migrate -config=FILE -reset"\n',
      ])
      engine.useData(folder)
      await engine.restart()
      expect((await verify(data.key)).status).to.equal(200)
    })
  })
}
