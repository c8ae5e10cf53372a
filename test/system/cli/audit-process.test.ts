import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'
import { until } from '../../support/until.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')
const OTP = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/

const file = (path: string, name = 'file') => ({
  type: 'file',
  options: { file_path: path },
  description: name,
})

describe('A server with audit devices', function () {
  this.timeout(60_000)

  const declared = (folder: string) => ({
    config: `[[audit]]\nfile_path = "${join(folder, 'audit.log')}"\n`,
  })

  function verify(...files: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'audit', 'verify', '-format=json', ...files],
      { encoding: 'utf8' },
    )
    if (status === 1) throw new Error(stderr)
    return { status, ...JSON.parse(stdout) }
  }

  /** Asks for passwords and uses them, many at a time, until told to stop. Gives the ids of what was answered with success. */
  function load(engine: EngineProcess) {
    let going = true
    const ids: string[] = []
    const one = async () => {
      while (going) {
        const made = await engine.post('ssh/creds/web', { ip: '10.0.0.1' })
        if (made.status === 200) ids.push(made.body.request_id)
        if (made.status !== 200) continue
        const used = await engine.post('ssh/verify', { otp: made.body.data.key }, '')
        if (used.status === 200) ids.push(used.body.request_id)
      }
    }
    const done = Promise.allSettled(Array.from({ length: 8 }, one))
    const stop = async () => {
      going = false
      await done
      return ids
    }
    /** Waits until so many more are answered. */
    const answered = (count: number) => {
      const enough = ids.length + count
      return until(() => ids.length >= enough)
    }
    return { stop, answered }
  }

  const responses = (path: string) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
      .filter(({ type }) => type === 'response')
      .map(({ request }) => request.id)

  it('keeps every line when files are moved away under load, with SIGHUP or without', async () => {
    await using engine = await EngineProcess.start(declared)
    await engine.prepare()
    const log = join(engine.folder, 'audit.log')
    const { stop, answered } = load(engine)
    for (const [number, tell] of [true, false, true].entries()) {
      await answered(50)
      renameSync(log, `${log}.${number}`)
      if (tell) engine.child.kill('SIGHUP')
      await until(() => existsSync(log))
    }
    await answered(50)
    const ids = await stop()
    expect(await engine.end()).to.equal(0)
    const files = [0, 1, 2].map(number => `${log}.${number}`).concat(log)
    const written = new Set(files.flatMap(responses))
    expect(ids.filter(id => !written.has(id))).to.deep.equal([])
    expect(verify(...files)).to.deep.include({ status: 0, problems: [], notes: [] })
    expect(statSync(log).mode & 0o777).to.equal(0o600)
  })

  it('has written all that it answered when it is killed, and nothing worse than a torn line', async () => {
    await using engine = await EngineProcess.start(declared)
    await engine.prepare()
    const log = join(engine.folder, 'audit.log')
    const { stop, answered } = load(engine)
    await answered(60)
    await engine.end('SIGKILL')
    const ids = await stop()
    const found = verify(log)
    expect([found.status, found.problems]).to.deep.equal([0, []])
    const written = readFileSync(log, 'utf8')
    expect(ids.length).to.be.greaterThan(50)
    expect(ids.filter(id => !written.includes(id))).to.deep.equal([])
  })

  it('does nothing that it cannot write down, and goes on when it can', async () => {
    await using engine = await EngineProcess.start(folder => ({
      ...declared(folder),
      fileLimit: 24,
    }))
    await engine.prepare()
    const log = join(engine.folder, 'audit.log')
    let answer = await engine.post('ssh/creds/web', { ip: '10.0.0.1' })
    while (answer.status === 200) answer = await engine.post('ssh/creds/web', { ip: '10.0.0.1' })
    expect(answer.status).to.equal(500)
    expect(answer.body.errors[0]).to.include('the audit log cannot be written')
    expect(statSync(log).size).to.be.lessThan(24 * 1024 + 1)
    renameSync(log, `${log}.full`)
    const made = await engine.post('ssh/creds/web', { ip: '10.0.0.1' })
    expect(made.status).to.equal(200)
    await engine.end()
    expect(verify(`${log}.full`, log)).to.deep.include({ status: 0, problems: [] })
  })

  it('makes no password when the log is full', async () => {
    await using engine = await EngineProcess.start(folder => ({
      ...declared(folder),
      fileLimit: 24,
    }))
    await engine.prepare()
    const leases = async () =>
      (await engine.ask('LIST', 'sys/leases/lookup/ssh/creds/web/')).body.data.keys.length
    const many = Array.from({ length: 60 }, () => engine.post('ssh/creds/web', { ip: '10.0.0.1' }))
    const made = (await Promise.all(many)).filter(({ status }) => status === 200).length
    const log = join(engine.folder, 'audit.log')
    renameSync(log, `${log}.full`)
    await wait(300)
    // those whose request was written, but whose answer was not, are given to nobody, and end with their lease
    const asked = readFileSync(`${log}.full`, 'utf8').split('\n')
    const allowed = asked.filter(
      line => line.includes('"type":"request"') && line.includes('"path":"ssh/creds/web"'),
    ).length
    expect(made).to.be.lessThan(60)
    expect(await leases()).to.be.within(made, allowed)
  })

  it('goes on with one device when another one fails', async () => {
    await using engine = await EngineProcess.start(folder => {
      mkdirSync(join(folder, 'missing'))
      return {
        config: `${declared(folder).config}[[audit]]\npath = "second"\nfile_path = "${join(folder, 'missing/audit.log')}"\n`,
      }
    })
    await engine.prepare()
    renameSync(join(engine.folder, 'missing'), join(engine.folder, 'gone'))
    await wait(300)
    expect((await engine.post('ssh/creds/web', { ip: '10.0.0.1' })).status).to.equal(200)
    renameSync(join(engine.folder, 'gone'), join(engine.folder, 'missing'))
    expect((await engine.post('ssh/creds/web', { ip: '10.0.0.1' })).status).to.equal(200)
    await engine.end()
    const second = join(engine.folder, 'missing/audit.log')
    expect(verify(second)).to.deep.include({ status: 0, problems: [] })
  })

  it('writes the same password as the same hash, and nothing secret in any file', async () => {
    await using engine = await EngineProcess.start(declared)
    await engine.prepare()
    const enabled = join(engine.folder, 'enabled.log')
    expect((await engine.ask('PUT', 'sys/audit/second', file(enabled))).status).to.equal(204)
    const token = (await engine.post('auth/token/create', {})).body.auth.client_token
    const made = await engine.post('ssh/creds/web', { ip: '10.0.0.1' }, token)
    const otp = made.body.data.key
    await engine.post('ssh/verify', { otp }, '')
    await engine.post('auth/token/lookup', { token })
    const { body } = await engine.ask('PUT', 'sys/audit-hash/second', { input: otp })
    expect(body.hash).to.equal(body.data.hash)
    await engine.end()
    const lines = readFileSync(enabled, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
    const of = (path: string, type: string) =>
      lines.find(line => line.request?.path === path && line.type === type)
    expect([
      of('ssh/creds/web', 'response').response.data.key,
      of('ssh/verify', 'request').request.data.otp,
    ]).to.deep.equal([body.data.hash, body.data.hash])
    expect(lines.some(({ request }) => request?.path === 'sys/audit/test')).to.equal(true)
    const secrets = [otp, token, engine.token]
    expect(otp).to.match(OTP)
    for (const name of readdirSync(engine.folder)) {
      const text = readFileSync(join(engine.folder, name), 'utf8')
      expect(
        secrets.filter(secret => text.includes(secret)),
        name,
      ).to.deep.equal([])
    }
    // the root token is printed once, for the one who has started the server
    const log = engine.output.replace(`Root Token: ${engine.token}`, '')
    expect(secrets.filter(secret => log.includes(secret))).to.deep.equal([])
  })

  it('does not write into a file that holds something else', async () => {
    await using engine = await EngineProcess.start()
    const other = join(engine.folder, 'other')
    appendFileSync(other, 'precious\n')
    expect(await engine.ask('PUT', 'sys/audit/file', file(other))).to.deep.equal({
      status: 400,
      body: { errors: [`${other} is not an audit log`] },
    })
    expect(readFileSync(other, 'utf8')).to.equal('precious\n')
  })
})
