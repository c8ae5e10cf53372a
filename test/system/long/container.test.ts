import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import { Lab } from '../../support/lab.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { rootOf } from '../../support/releases.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CONTAINERS = join(ROOT, 'packaging/container')
const ENGINE = 65532
const DATABASE = 999

/** How podman runs where there is no systemd, and where groups of both versions are mounted. */
const SETTINGS = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n'

/** The flags of docs/automation.md. */
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges']

describe('The engine in a container', function () {
  this.timeout(600_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-containers-'))
  const secrets = join(folder, 'secrets')
  let lab: Lab

  const run = (command: readonly string[], input = '') =>
    lab.run(command, {
      input,
      timeout: 300_000,
      env: {
        HOME: folder,
        XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
        CONTAINERS_CONF: join(folder, 'containers.conf'),
        CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      },
    })
  async function must(...command: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(command)
    expect(code, `${command.join(' ')}: ${stdout}${stderr}`).to.equal(0)
    return stdout
  }
  const inspected = async (container: string, what: string) =>
    (await must('podman', 'inspect', '--format', `{{${what}}}`, container)).trim()

  before(async () => {
    writeFileSync(join(folder, 'containers.conf'), SETTINGS)
    writeFileSync(
      join(folder, 'storage.conf'),
      `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/graph"\nrunroot = "/run/containers"\n`,
    )
    using made = await MadePackages.make(['1.0.0'])
    copyFileSync(made.file('postern', '1.0.0'), join(folder, 'postern_1.0.0_amd64.deb'))
    for (const file of ['Containerfile', 'compose.yaml'])
      copyFileSync(join(CONTAINERS, file), join(folder, file))
    putSecrets()
    const images = join(ROOT, 'test/support/containers/images')
    // from the network, which the lab does not have
    execFileSync(images, { stdio: ['ignore', 'ignore', 'inherit'] })
    lab = await Lab.start()
    await must(images, rootOf('trixie'))
    await must('podman', 'build', '--network=host', '--format=docker', '-t', 'postern', folder)
  })
  after(async () => {
    // what they have mounted would keep the folder
    if (lab) {
      await run(['podman', 'rm', '--all', '--force', '--time=1'])
      await lab[Symbol.asyncDispose]()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  /** The files that docs/automation.md lists, with their owners. */
  function putSecrets(): void {
    const authority = certificateAuthority(join(folder, 'ca'))
    mkdirSync(secrets)
    const put = (name: string, text: string | Buffer, owner: number) => {
      const file = join(secrets, name)
      writeFileSync(file, text)
      chmodSync(file, name === 'ca.pem' ? 0o644 : 0o600)
      chownSync(file, owner, owner)
    }
    const engine = authority.issue({ names: ['localhost', 'postern'], addresses: ['127.0.0.1'] })
    const database = authority.issue({ names: ['database'] })
    const password = randomBytes(16).toString('hex')
    put('ca.pem', readFileSync(authority.caFile), ENGINE)
    put('engine.crt', readFileSync(engine.certFile), ENGINE)
    put('engine.key', readFileSync(engine.keyFile), ENGINE)
    put('database.crt', readFileSync(database.certFile), DATABASE)
    put('database.key', readFileSync(database.keyFile), DATABASE)
    put('database-password', password, DATABASE)
    execFileSync(join(ROOT, 'dist/postern'), [
      ...['operator', 'generate-seal-key', join(secrets, 'seal.key')],
    ])
    chownSync(join(secrets, 'seal.key'), ENGINE, ENGINE)
    put('engine.toml', engineToml(password), ENGINE)
  }

  it('has the engine and its libraries, and no shell', async () => {
    await must('podman', 'create', '--name=image', 'localhost/postern')
    const files = (await must('sh', '-c', 'podman export image | tar -t')).split('\n')
    expect(files).to.include('usr/bin/postern')
    const programs = files.filter(file => /(?:^|\/)s?bin\/./.test(file))
    expect(programs).to.deep.equal(['usr/bin/postern'])
    expect(await inspected('image', '.Config.User')).to.equal(`${ENGINE}:${ENGINE}`)
  })

  it('runs read-only, without capabilities and as a user of its own', async () => {
    const words = ['--rm', '--network=none', ...HARDENED, '--tmpfs=/tmp', 'localhost/postern']
    expect(await must('podman', 'run', ...words, 'version')).to.match(/^Postern v/)
    const { code, stderr } = await run(['podman', 'run', '--entrypoint=sh', ...words])
    expect(code).to.not.equal(0)
    expect(stderr).to.match(/not found/)
  })

  describe('with PostgreSQL, by compose.yaml', () => {
    let engine: string

    before(async () => {
      await must('podman-compose', '-f', join(folder, 'compose.yaml'), 'up', '-d')
      engine = (await must('podman', 'ps', '--format={{.Names}}'))
        .split('\n')
        .find(name => /postern[_-]1$/.test(name)) as string
    })

    /** What a command in the container of the engine prints. */
    const inEngine = (...words: readonly string[]) =>
      must('podman', 'exec', engine, '/usr/bin/postern', ...words)

    async function untilAnswers(): Promise<void> {
      for (let tries = 0; tries < 120; tries++) {
        const { code } = await run(['podman', 'exec', engine, '/usr/bin/postern', 'status'])
        // 2 means sealed
        if (code === 0 || code === 2) return
        await wait(500)
      }
      const { stdout, stderr } = await run(['podman', 'logs', engine])
      throw new Error(`the engine does not answer:\n${stdout}${stderr}`)
    }

    it('is unhealthy before it is initialized, and healthy then', async () => {
      await untilAnswers()
      const health = () => run(['podman', 'healthcheck', 'run', engine])
      expect((await health()).code).to.not.equal(0)
      await inEngine('operator', 'init', '-format=json')
      expect((await health()).code).to.equal(0)
    })

    it('keeps what it stores when it is started again', async () => {
      const { stdout, stderr } = await run(['podman', 'logs', engine])
      const [, id = ''] = /cluster_id\W+([0-9a-f]{32})/.exec(stdout + stderr) ?? []
      expect(id, stdout + stderr).to.have.length(32)
      const settings = join(secrets, 'engine.toml')
      writeFileSync(settings, readFileSync(settings, 'utf8').replace('"new"', `"${id}"`))
      await must('podman', 'restart', '--time=5', engine)
      await untilAnswers()
      expect(await inEngine('status')).to.match(/^Initialized +true$/m)
    })

    for (const [what, line] of cases([
      ['as its own user', `Uid:\t${ENGINE}\t${ENGINE}`],
      ['without capabilities', 'CapEff:\t0000000000000000'],
      ['without a way to more', 'NoNewPrivs:\t1'],
    ] as const))
      it(`runs ${what}`, async () => {
        const pid = await inspected(engine, '.State.Pid')
        expect(await must('cat', `/proc/${pid}/status`)).to.contain(`\n${line}`)
      })

    it('has a root file system that it cannot write', async () => {
      expect(await inspected(engine, '.HostConfig.ReadonlyRootfs')).to.equal('true')
      const pid = await inspected(engine, '.State.Pid')
      expect(await must('cat', `/proc/${pid}/mounts`)).to.match(/^\S+ \/ \S+ ro[, ]/m)
    })
  })
})

/** As docs/automation.md says. */
function engineToml(password: string): string {
  const url = `postgresql://postern:${password}@database/postern?sslmode=verify-full&sslrootcert=/run/secrets/ca.pem`
  return `[listener]
address = "0.0.0.0:8200"
tls_cert_file = "/run/secrets/engine.crt"
tls_key_file = "/run/secrets/engine.key"
[storage]
type = "postgresql"
connection_url = "${url}"
cluster_id = "new"
[seal]
type = "file"
path = "/run/secrets/seal.key"
`
}
