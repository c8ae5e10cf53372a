import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import { type ScriptedEngine, scriptedEngine } from '../../support/scripted-engine.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

/** A file system that is full: of bytes, or of files. */
const full = (at: string, options: string) =>
  `mount -t tmpfs -o mode=1777,${options} tmpfs ${at}; (head -c 8192 /dev/zero >${at}/x) 2>/dev/null || true`

const NO_BYTES = 'size=4k'
const NO_FILES = 'nr_inodes=1'
const LONG = 'long'.repeat(30)

interface Disturbance {
  readonly what: string
  /** Shell, run in the folder of the test with mounts of its own, before the command. */
  readonly before?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What it then says in place of logging in. */
  readonly says?: RegExp
  /** It says so before it asks for anything. */
  readonly early?: true
}

/** With TMPDIR in the folder of the test, and no XDG_RUNTIME_DIR. */
const DISTURBANCES: readonly Disturbance[] = [
  { what: 'TMPDIR is not there', environment: { TMPDIR: '/no/such/place' } },
  { what: 'TMPDIR is no folder', environment: { TMPDIR: '/etc/passwd' } },
  { what: 'TMPDIR cannot be written', environment: { TMPDIR: '/proc' } },
  { what: 'TMPDIR has no room for a file', before: full('tmp', NO_FILES) },
  { what: 'TMPDIR has a blank and a percent sign', environment: { TMPDIR: 'a b %h' } },
  { what: 'TMPDIR has quotes', environment: { TMPDIR: 'q"r\\' } },
  { what: 'TMPDIR has no room for bytes', before: full('tmp', NO_BYTES) },
  {
    what: 'there is no place for bytes',
    before: `${full('tmp', NO_BYTES)}; ${full('/tmp', NO_BYTES)}`,
    says: /^failed to create a private directory: failed to write a file for ssh: ENOSPC.*; .*ENOSPC/,
  },
  {
    what: 'there is no place for a file',
    before: `${full('tmp', NO_FILES)}; ${full('/tmp', NO_FILES)}`,
    says: /^failed to create a private directory: ENOSPC.*; ENOSPC/,
  },
  {
    what: 'the working folder is gone',
    before: 'mkdir gone; cd gone; rmdir ../gone',
    says: /^[^\n]*the current working directory was likely removed[^\n]*\n$/,
    early: true,
  },
  { what: 'XDG_RUNTIME_DIR is not there', environment: { XDG_RUNTIME_DIR: '/no/such/place' } },
  { what: 'XDG_RUNTIME_DIR is too long', environment: { XDG_RUNTIME_DIR: LONG } },
  { what: 'XDG_RUNTIME_DIR can be written by all', environment: { XDG_RUNTIME_DIR: 'open' } },
  { what: 'there is no HOME', environment: { HOME: undefined } },
  { what: 'HOME is not there', environment: { HOME: '/no/such/place' } },
  { what: 'nobody listens for the agent', environment: { SSH_AUTH_SOCK: '/etc/passwd' } },
  {
    what: 'there is no ssh',
    environment: { PATH: '/no/such/place' },
    says: /^failed to run ssh command: ssh: no such file or directory/,
  },
]

describe('postern ssh in odd surroundings', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519')
  const certificate = keygen.signed(key.line, ['-I', 'x', '-n', 'u'])
  /** Not in /tmp, which some tests hide. */
  let folder: string
  let engine: ScriptedEngine
  /** A copy, since the clone may be in /tmp as well. */
  let program: string

  before(() => {
    program = join(mkdtempSync('/var/tmp/postern-odd-program-'), 'postern')
    copyFileSync(POSTERN, program)
  })

  beforeEach(async () => {
    folder = mkdtempSync('/var/tmp/postern-odd-')
    for (const name of ['tmp', 'open', LONG, 'a b %h', 'q"r\\', 'bin'])
      mkdirSync(join(folder, name))
    chmodSync(join(folder, 'open'), 0o777)
    copyFileSync(key.file, join(folder, 'key'))
    copyFileSync(`${key.file}.pub`, join(folder, 'key.pub'))
    const ssh =
      '#!/bin/sh\ncase $1 in -V|-G) exec /usr/bin/ssh -F /dev/null "$@" ;; esac\necho in\n'
    writeFileSync(join(folder, 'bin', 'ssh'), ssh)
    chmodSync(join(folder, 'bin', 'ssh'), 0o755)
    engine = await scriptedEngine(path => {
      if (path === 'sys/leases/revoke') return {}
      if (path === 'ssh/sign/ca') return { data: { signed_key: certificate } }
      const kind = path.slice('ssh/creds/'.length)
      const data = { key: kind === 'otp' ? 'secret' : keygen.read(key.file), key_type: kind }
      return path.startsWith('ssh/creds/') ? { lease_id: 'x', lease_duration: 60, data } : undefined
    })
  })
  afterEach(async () => {
    await engine[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  after(() => {
    keygen[Symbol.dispose]()
    rmSync(dirname(program), { recursive: true })
  })

  async function run(mode: string, { before = '', environment = {} }: Disturbance) {
    const own = process.getuid?.() === 0 ? [] : ['--map-root-user']
    const command = `cd "$FOLDER"\n${before}\nexec "$@"`
    const words = [program, 'ssh', `-mode=${mode}`, `-role=${mode}`]
    const child = spawn(
      '/usr/bin/unshare',
      [
        ...[
          ...own,
          '--mount',
          'sh',
          '-c',
          command,
          'sh',
          '/usr/bin/env',
          'PATH='.concat(environment.PATH ?? `${folder}/bin:${process.env.PATH}`),
        ],
        ...[...words, `-public-key-path=${folder}/key.pub`, 'u@127.0.0.1'],
      ],
      {
        env: {
          HOME: folder,
          TMPDIR: join(folder, 'tmp'),
          POSTERN_ADDR: engine.address,
          POSTERN_TOKEN: 'token',
          ...environment,
          PATH: process.env.PATH,
          FOLDER: folder,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    )
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { out, err, code }
  }

  for (const disturbance of DISTURBANCES)
    for (const mode of ['otp', 'dynamic', 'ca'])
      it(`${disturbance.says ? 'says so' : 'logs in'} with -mode=${mode} where ${disturbance.what}`, async () => {
        const { out, err, code } = await run(mode, disturbance)
        expect(err).not.to.match(/^ {4}at |node:/m)
        if (disturbance.says) {
          expect(err).to.match(disturbance.says)
          expect(code).to.be.oneOf([1, 2])
        } else expect({ out, err, code }).to.deep.equal({ out: 'in\n', err: '', code: 0 })
        const revoked = engine.requests.filter(each => each === 'PUT sys/leases/revoke')
        expect(revoked).to.have.length(mode === 'ca' || disturbance.early ? 0 : 1)
      })
})
