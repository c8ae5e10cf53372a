import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { WorkerEngine } from './worker-engine.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(ROOT, 'engine/main.ts')

const statusOf = ({ status }: { readonly status: number }) => status

describe('An engine with two workers', function () {
  this.timeout(90_000)
  let engine: WorkerEngine

  beforeEach(async () => {
    engine = await WorkerEngine.start(2)
    await engine.prepare()
  })
  afterEach(async () => {
    await engine?.[Symbol.asyncDispose]()
  })

  it('says so once, redeems a password once on whatever connection, and counts all', async () => {
    expect(engine.workers).to.have.length(2)
    expect(engine.stdout.match(/server started!/g)).to.have.length(1)
    expect(engine.stdout).to.match(/^ +Workers: 2$/m)
    // each has the page
    const pages = await Promise.all(Array.from({ length: 16 }, () => engine.ask('GET', '../ui/')))
    expect(
      new Set(pages.map(({ status, body }) => `${status} ${body}`.slice(0, 19))),
    ).to.deep.equal(new Set(['200 <!doctype html>']))

    for (let round = 0; round < 3; round++) {
      const otp = await engine.issue()
      const answers = await Promise.all(Array.from({ length: 64 }, () => engine.verify(otp)))
      expect(answers.map(statusOf).toSorted()).to.deep.equal([200, ...Array(63).fill(400)])
    }
    for (let scrape = 0; scrape < 6; scrape++) {
      const { body } = await engine.ask('GET', 'sys/metrics')
      expect(body).to.match(/^postern_events_total\{event="otp_verified",reason=""\} 3$/m)
      expect(body).to.match(/^postern_sealed 0$/m)
      expect(body).to.match(/^postern_leases \d+$/m)
    }

    // each searches its own log, and says which
    const searched = new Set<string>()
    const search = async () => {
      const { status, body } = await engine.ask('GET', 'sys/audit-search/file?limit=1')
      expect(status, JSON.stringify(body)).to.equal(200)
      searched.add(`${body.data.process.worker} ${body.data.file}`)
    }
    await engine.until(async () => {
      await Promise.all(Array.from({ length: 8 }, search))
      return searched.size > 1
    })
    expect([...searched].toSorted()).to.deep.equal(
      engine.auditFiles.map((file, at) => `${at + 1} ${file}`),
    )

    engine.signal('SIGTERM')
    expect(await engine.ended()).to.equal(0)
    // both have written, each a log that verifies
    for (const file of engine.auditFiles) {
      const words = [MAIN, 'audit', 'verify', file]
      const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      expect(status, stdout).to.equal(0)
    }
  })

  it('starts a worker again that has died, while clients go on', async () => {
    const [victim, other] = engine.workers as [number, number]
    process.kill(victim, 'SIGKILL')
    await engine.until(() => !engine.workers.includes(victim))
    const served = await Promise.all(
      Array.from({ length: 20 }, async () => engine.verify(await engine.issue())),
    )
    expect(served.map(statusOf)).to.deep.equal(Array(20).fill(200))
    await engine.ready(3)
    expect(engine.workers).to.have.length(2).and.to.include(other)
    expect(engine.stdout.match(/server started!/g)).to.have.length(1)
    expect(engine.stderr).to.match(
      /"number":\d,"pid":\d+,"signal":"SIGKILL","msg":"a worker exited and is restarted"/,
    )
  })

  it('counts on from what a worker had counted that has died', async () => {
    for (let each = 0; each < 20; each++) await engine.verify(await engine.issue())
    const verified = async () => {
      const { body } = await engine.ask('GET', 'sys/metrics')
      return Number(
        /^postern_events_total\{event="otp_verified",reason=""\} (\d+)$/m.exec(body)?.[1],
      )
    }
    expect(await verified()).to.equal(20)
    for (const [at, victim] of engine.workers.entries()) {
      process.kill(victim, 'SIGKILL')
      await engine.until(() => !engine.workers.includes(victim))
      expect(await verified()).to.equal(20)
      await engine.ready(3 + at)
      expect(await verified()).to.equal(20)
    }
    await engine.verify(await engine.issue())
    expect(await verified()).to.equal(21)
  })

  it('shows a new certificate on every worker after SIGHUP, and drops no connection', async () => {
    const kept = Array.from({ length: 8 }, () => engine.connection())
    let dropped = 0
    for (const agent of kept) {
      agent.on('disconnect', () => dropped++)
      await engine.issue(agent)
    }
    const before = await serialOf(engine)
    engine.certify()
    engine.signal('SIGHUP')
    await engine.until(() => [...engine.stderr.matchAll(/certificates reloaded/g)].length === 2)
    const after = await Promise.all(Array.from({ length: 24 }, () => serialOf(engine)))
    expect(new Set(after).size).to.equal(1)
    expect(after[0]).to.not.equal(before)
    for (const agent of kept) await engine.issue(agent)
    expect(dropped).to.equal(0)
    for (const agent of kept) await agent.close()
  })

  it('stops whole on SIGTERM to all of its processes, as a service manager sends it', async () => {
    const workers = engine.workers
    for (const pid of [...workers, engine.pid, ...workers]) terminate(pid)
    expect(await engine.ended()).to.equal(0)
    expect(workers.filter(pid => existsSync(`/proc/${pid}`))).to.deep.equal([])
  })

  it('leaves no worker behind when it is killed', async () => {
    const workers = engine.workers
    engine.signal('SIGKILL')
    await engine.ended()
    await engine.until(() => workers.every(pid => !existsSync(`/proc/${pid}`)))
  })

  it('is sealed whole by one request, and a worker that dies then comes back sealed', async () => {
    expect(statusOf(await engine.ask('POST', 'sys/seal'))).to.equal(204)
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => engine.ask('GET', 'sys/health')),
    )
    expect(answers.map(statusOf)).to.deep.equal(Array(24).fill(503))
    process.kill(engine.workers[0] ?? expect.fail(), 'SIGKILL')
    await engine.until(() => [...engine.stderr.matchAll(/"server started"/g)].length === 3)
    const again = await Promise.all(
      Array.from({ length: 24 }, () => engine.ask('GET', 'sys/health')),
    )
    expect(again.map(statusOf)).to.deep.equal(Array(24).fill(503))
  })

  it('ends with the reason when no worker can start any more', async () => {
    writeFileSync(join(engine.folder, 'engine.crt'), 'no certificate')
    for (const pid of engine.workers) process.kill(pid, 'SIGKILL')
    expect(await engine.ended()).to.equal(1)
    expect(engine.stderr).to.match(/engine\.crt cannot be used: /)
    expect(engine.stderr).to.match(/the workers keep dying: stopping the server/)
  })

  it('says what is wrong once when it cannot start', async () => {
    const words = [MAIN, 'server', `-config=${join(engine.folder, 'engine.toml')}`]
    writeFileSync(join(engine.folder, 'seal.key'), 'nothing good')
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    expect([status, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/^.*seal\.key.*\n$/)
  })
})

describe('The single executable', function () {
  this.timeout(90_000)

  it('starts workers that are the same executable', async () => {
    await using engine = await WorkerEngine.start(2, [join(ROOT, 'dist/postern')])
    await engine.prepare()
    expect(engine.workers).to.have.length(2)
    expect(statusOf(await engine.verify(await engine.issue()))).to.equal(200)
    engine.signal('SIGTERM')
    expect(await engine.ended()).to.equal(0)
  })
})

/** Sends SIGTERM to a process, unless it has just ended. */
function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Serial number of the certificate that a new connection is shown. */
function serialOf(engine: WorkerEngine): Promise<string> {
  const { hostname: host, port } = new URL(engine.url)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().serialNumber)
    socket.end()
  })
  socket.on('error', reject)
  return promise
}
