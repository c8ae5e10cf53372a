import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import { makePortable, PORTABLE } from '../../../packaging/build/portable.ts'
import type { Ended } from './command-line.ts'
import { type FakeSsh, fakeSsh } from './fake-ssh.ts'

/** What Node does not have, or names otherwise, on Windows. */
const WINDOWS = `
Object.defineProperty(process, 'platform', { value: 'win32' })
for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'getgroups']) delete process[name]
`

describe('The command line as one script', function () {
  this.timeout(60_000)

  let fake: FakeSsh
  let program: string

  before(async () => {
    fake = await fakeSsh()
    await makePortable(fake.line.folder)
    program = join(fake.line.folder, PORTABLE)
    writeFileSync(join(fake.line.folder, 'windows.mjs'), WINDOWS)
  })
  after(() => fake[Symbol.asyncDispose]())

  interface On {
    readonly flags?: readonly string[]
    readonly environment?: Readonly<Record<string, string | undefined>>
  }

  const run = (words: string, { flags = [], environment = {} }: On = {}): Promise<Ended> => {
    const env = { ...fake.line.environment, ...fake.environment, ...environment }
    return new Promise(resolve => {
      execFile(
        process.execPath,
        [...flags, program, ...words.split(' ')],
        { env },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      )
    })
  }
  const onWindows = (words: string, environment: On['environment'] = {}) =>
    run(words, {
      flags: ['--import', join(fake.line.folder, 'windows.mjs')],
      environment: {
        ...{ HOME: undefined, XDG_RUNTIME_DIR: undefined, SSH_AUTH_SOCK: undefined },
        ...{ USERPROFILE: fake.line.folder, TEMP: fake.line.folder },
        ...environment,
      },
    })

  it('imports nothing but modules of Node', () => {
    const text = readFileSync(program, 'utf8')
    const imports = /\b(?:from|import|(?:import|require)\()"([\w:/.@-]+)"/g
    const imported = [...text.matchAll(imports)].map(([, name = '']) => name)
    expect(imported.length).to.be.greaterThan(5)
    expect(imported.filter(name => !isBuiltin(name))).to.deep.equal([])
    expect(text).to.not.match(/\.node"/)
  })

  it('is the same each time it is built', async () => {
    const before = readFileSync(program)
    await makePortable(fake.line.folder)
    expect(readFileSync(program).equals(before)).to.equal(true)
  })

  it('has the version and the licences of what is in it', async () => {
    expect((await run('version')).out).to.match(/^Postern v\d/)
    const { out } = await run('version -licenses')
    expect(out)
      .to.match(/^undici /m)
      .and.not.match(/^Node\.js v/m)
  })

  it('leaves what takes the engine to the engine', async () => {
    for (const words of ['server -dev', 'operator setup', 'operator backup x']) {
      const { code, err } = await run(words)
      expect([code, err]).to.deep.equal([1, err])
      expect(err).to.match(/this program is the command line alone/)
    }
  })

  it('reads, and logs in with ssh', async () => {
    expect((await run('status')).code).to.equal(0)
    expect((await run('ssh -role=web ubuntu@10.1.2.3 true')).code).to.equal(0)
  })

  describe('where Node has what it has on Windows', () => {
    it('keeps the token in the profile of the user, whose access list protects it', async () => {
      const token = { POSTERN_TOKEN: undefined }
      expect((await onWindows(`login ${fake.token}`, token)).code).to.equal(0)
      const file = join(fake.line.folder, '.vault-token')
      expect(existsSync(file)).to.equal(true)
      expect(statSync(file).size).to.be.greaterThan(10)
      const { code, err } = await onWindows('token lookup', token)
      expect([code, err]).to.deep.equal([0, ''])
    })

    it('shows the password, which ssh cannot be given there', async () => {
      const { code, err } = await onWindows('ssh -role=web ubuntu@10.1.2.3 true')
      expect(code).to.equal(0)
      expect(err)
        .to.match(/cannot be passed to this ssh/)
        .and.match(/OTP for the session is: \S+/)
    })
  })
})
