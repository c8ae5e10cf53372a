import { readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { LastingEngine } from '../../support/lasting-engine.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')
const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

describe('the storage of an engine', function () {
  this.timeout(180_000)
  let engine: LastingEngine

  beforeEach(async () => {
    engine = await LastingEngine.start([process.execPath, MAIN])
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await engine.ask('POST', 'ssh/roles/web', ROLE)
  })
  afterEach(() => engine[Symbol.asyncDispose]())

  const data = () => join(engine.folder, 'data')
  const issue = async () =>
    (await engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).body.data.key as string
  const verify = async (otp: string) => (await engine.ask('PUT', 'ssh/verify', { otp })).status
  const token = async (policies: string[]) =>
    (await engine.ask('POST', 'auth/token/create', { policies })).body.auth.client_token as string
  const lookup = async (known: string) =>
    (await engine.ask('GET', 'auth/token/lookup-self', undefined, known)).status
  const operator = (...words: string[]) => engine.run('operator', ...words)
  const krlVersion = async () =>
    Number(
      /"[^.]+\.(\d+)\./.exec((await engine.head('ssh/krl')).get('etag') ?? '')?.[1] ?? Number.NaN,
    )

  async function stopped(work: () => Promise<void>) {
    await engine.kill()
    await work()
    await engine.restart()
  }

  it('is not copied while an engine uses it', async () => {
    const to = engine.configFor(join(engine.folder, 'new'))
    const moved = await operator('migrate', `-config=${engine.config}`, `-to=${to}`)
    expect(moved.code).to.not.equal(0)
    expect(moved.err).to.include('is held by an engine')
    expect(await verify(await issue())).to.equal(200)
  })

  it('is used by no engine after it has been moved, until that is taken back', async () => {
    const from = engine.config
    const to = engine.configFor(join(engine.folder, 'new'))
    await engine.kill()
    expect((await operator('migrate', `-config=${from}`, `-to=${to}`)).code).to.equal(0)
    const old = await engine.run('server', `-config=${from}`)
    expect([old.code === 0, old.err]).to.satisfy(
      ([ok, err]: [boolean, string]) => !ok && err.includes('has been moved elsewhere'),
    )
    const elsewhere = engine.configFor(join(engine.folder, 'third'))
    const again = await operator('migrate', `-config=${from}`, `-to=${elsewhere}`)
    expect(again.err).to.include('the source has already been migrated elsewhere')

    expect((await operator('migrate', `-config=${from}`, '-reset')).code).to.equal(0)
    await engine.restart()
    expect(await verify(await issue())).to.equal(200)
    await engine.kill()
    const untouched = await operator('migrate', `-config=${from}`, '-reset')
    expect(untouched.err).to.include('has not been moved')
  })

  it('lets nothing be used again that a backup has brought back', async () => {
    const [used, unused] = [await issue(), await issue()]
    const [live, root] = [await token(['default']), await token(['root'])]
    await engine.ask('POST', 'ssh/config/ca', { generate_signing_key: true })
    await engine.ask('POST', 'ssh/revoke', { key_id: 'a' })
    const backup = join(engine.folder, 'backup.db')
    expect((await operator('backup', `-config=${engine.config}`, backup)).code).to.equal(0)
    expect(await verify(used)).to.equal(200)
    for (const key_id of ['b', 'c']) await engine.ask('POST', 'ssh/revoke', { key_id })
    const handedOut = await krlVersion()

    await stopped(async () => {
      const done = await operator('restore', `-config=${engine.config}`, '-keep-root', backup)
      expect(done.code, done.err).to.equal(0)
      expect(done.out).to.match(
        /the replaced database is kept in \S+postern\.db\.replaced-\d+T\d+Z/,
      )
    })
    expect(await Promise.all([used, unused].map(verify))).to.deep.equal([400, 400])
    expect([await lookup(live), await lookup(root)]).to.deep.equal([403, 200])
    expect(await krlVersion()).to.be.above(handedOut)
    // housekeeping removes them one after the other
    while ((await engine.ask('LIST', 'sys/leases/lookup/ssh/creds/web')).status !== 404)
      await setTimeout(50)
    expect(await verify(await issue())).to.equal(200)

    // a second start ends nothing
    const fresh = await token(['default'])
    await stopped(async () => {})
    expect(await lookup(fresh)).to.equal(200)
  })

  it('has no root token after a restore, if that is not asked for', async () => {
    const backup = join(engine.folder, 'backup.db')
    await operator('backup', `-config=${engine.config}`, backup)
    await stopped(async () => {
      expect((await operator('restore', `-config=${engine.config}`, backup)).code).to.equal(0)
    })
    expect((await engine.ask('GET', 'sys/mounts')).status).to.equal(403)
    expect((await engine.ask('GET', 'sys/health')).status).to.equal(200)
  })

  it('stays as it is when a restore is refused', async () => {
    const restore = (file: string) => operator('restore', `-config=${engine.config}`, file)
    const backup = join(engine.folder, 'backup.db')
    await operator('backup', `-config=${engine.config}`, backup)
    expect((await restore(backup)).err).to.include('is held by an engine')
    const key = await issue()
    const [garbage, empty] = [join(engine.folder, 'garbage'), join(engine.folder, 'empty')]
    await stopped(async () => {
      writeFileSync(garbage, 'x'.repeat(10_000))
      writeFileSync(empty, '')
      expect((await restore(garbage)).err).to.include('its file is not a database')
      expect((await restore(empty)).err).to.include('is not the storage of an engine')
      expect((await restore(join(engine.folder, 'nothing'))).err).to.include('does not exist')
      expect((await restore(engine.folder)).err).to.include('is not a regular file')
      const same = await operator('migrate', `-config=${engine.config}`, `-to=${engine.config}`)
      expect(same.err).to.include('have the same [storage]')
      truncateSync(backup, statSync(backup).size / 2)
      expect((await restore(backup)).code).to.not.equal(0)
    })
    expect(readdirSync(data()).filter(name => /restoring|replaced/.test(name))).to.deep.equal([])
    expect(await verify(key)).to.equal(200)
  })

  it('can be restored although the database is damaged', async () => {
    const backup = join(engine.folder, 'backup.db')
    await operator('backup', `-config=${engine.config}`, backup)
    await stopped(async () => {
      writeFileSync(join(data(), 'postern.db'), 'x'.repeat(10_000))
      const done = await operator('restore', `-config=${engine.config}`, '-keep-root', backup)
      expect(done.code, done.err).to.equal(0)
    })
    expect(await verify(await issue())).to.equal(200)
  })

  for (const [what, take, giveBack] of [
    [
      'moved away',
      (file: string) => renameSync(file, `${file}.gone`),
      (file: string) => renameSync(`${file}.gone`, file),
    ],
    [
      'replaced',
      (file: string) => {
        renameSync(file, `${file}.gone`)
        writeFileSync(file, '', { mode: 0o600 })
      },
      (file: string) => renameSync(`${file}.gone`, file),
    ],
    ['cut', (file: string) => truncateSync(file, 0), undefined],
  ] as const)
    it(`acknowledges nothing once its file has been ${what}`, async () => {
      const key = await issue()
      const file = join(data(), 'postern.db')
      take(file)
      const write = () => engine.ask('POST', 'ssh/roles/other', ROLE)
      const refused = await write()
      expect(refused.status).to.equal(503)
      expect(refused.body.errors.join()).to.include('moved, replaced or truncated')
      expect(await verify(key)).to.equal(503)
      // asked once a second, and looked at twice a second
      while ((await engine.ask('GET', 'sys/health')).status !== 503) await setTimeout(50)
      if (!giveBack) return
      giveBack(file)
      // reads are let through again at the next look
      while ((await write()).status !== 204) await setTimeout(50)
      expect(await verify(key)).to.equal(200)
    })
})
