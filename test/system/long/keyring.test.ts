import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { bao } from '../../support/clients.ts'
import { atTerminal, requireTerminal } from '../cli/at-terminal.ts'
import { type CommandLine, commandLine, MAIN } from '../cli/command-line.ts'

/** A session of a desktop, with a real D-Bus and a real GNOME Keyring, which is unlocked. */
class Desktop implements Disposable {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly #processes: readonly { kill(): void }[]

  private constructor(environment: Desktop['environment'], processes: readonly { kill(): void }[]) {
    this.environment = environment
    this.#processes = processes
  }

  static async start(home: string): Promise<Desktop> {
    const runtime = join(home, 'run')
    mkdirSync(runtime, { mode: 0o700 })
    const own = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: runtime }
    const bus = spawn('dbus-daemon', ['--session', '--print-address', '--nofork'], {
      env: own,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [address] = (await once(bus.stdout, 'data')) as [Buffer]
    const environment = {
      ...{ ...own, DISPLAY: ':77', DBUS_SESSION_BUS_ADDRESS: String(address).trim() },
    }
    const words = ['--unlock', '--components=secrets', '--foreground']
    const keyring = spawn('gnome-keyring-daemon', words, {
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    keyring.stdin.end('password of the desktop')
    const service = ['wait', '--session', '--timeout=30', 'org.freedesktop.secrets']
    await promisify(execFile)('gdbus', service, { env: environment })
    return new Desktop(environment, [keyring, bus])
  }

  /** As the screen saver does. */
  lock(): void {
    const service = '/org/freedesktop/secrets'
    const call = ['-o', service, '-m', 'org.freedesktop.Secret.Service.Lock']
    const words = ['call', '--session', '-d', 'org.freedesktop.secrets', ...call]
    execFileSync('gdbus', [...words, `['${service}/collection/login']`], { env: this.environment })
  }

  /** What the keyring has for the attributes of the token. */
  entry(): string {
    const words = ['lookup', 'application', 'postern', 'type', 'token']
    return execFileSync('secret-tool', words, { env: this.environment, encoding: 'utf8' })
  }

  [Symbol.dispose](): void {
    for (const each of this.#processes) each.kill()
  }
}

const HELPER = readFileSync(join(import.meta.dirname, '../../../docs/login.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('    '))
  .map(line => line.slice(4))
  .join('\n')
  .match(/#!\/bin\/sh\ncase[\s\S]*?esac/)?.[0]

describe('A token in the keyring of a desktop', function () {
  this.timeout(60_000)

  let line: CommandLine
  let desktop: Desktop
  const file = () => join(line.folder, '.vault-token')

  before(() => {
    requireTerminal()
    for (const program of ['dbus-daemon', 'gnome-keyring-daemon', 'secret-tool', 'gdbus'])
      try {
        execFileSync('sh', ['-c', `command -v ${program}`])
      } catch (cause) {
        throw new Error(
          'a keyring takes: apt-get install gnome-keyring libsecret-tools dbus-daemon libglib2.0-bin',
          { cause },
        )
      }
  })
  beforeEach(async () => {
    line = await commandLine()
    desktop = await Desktop.start(line.folder)
  })
  afterEach(async () => {
    desktop?.[Symbol.dispose]()
    await line[Symbol.asyncDispose]()
  })

  const run = (words: readonly string[], input = '', more = {}) =>
    line.run(words, { input, environment: { ...desktop.environment, POSTERN_TOKEN: '', ...more } })
  const WHO = ['token', 'lookup', '-field=display_name']

  it('is stored at the first login, used by commands, and removed when it is revoked', async () => {
    const login = await run(['login', '-'], 'root')
    expect(login.code).to.equal(0)
    expect(login.out).to.include("The token below is stored in the desktop's keyring for")
    expect(login.err).to.include("Vault's clients do not look there")
    expect([existsSync(file()), desktop.entry()]).to.deep.equal([false, 'root'])
    expect(await run(WHO)).to.deep.equal({ code: 0, out: 'root', err: '' })
    expect((await run(['print', 'token'])).out).to.equal('root\n')
    const child = await line.must('token create -field=token -policy=default')
    expect((await run(['login', '-no-print', '-'], child)).code).to.equal(0)
    expect(desktop.entry()).to.equal(child)
    expect((await run(['token', 'revoke', '-self'])).code).to.equal(0)
    expect(desktop.entry).to.throw()
    expect(await run(['print', 'token'])).to.deep.equal({ code: 0, out: '\n', err: '' })
  })

  it('is shared with bao by the token helper of docs/login.md', async () => {
    const helper = join(line.folder, 'keyring-token')
    writeFileSync(helper, HELPER ?? '')
    chmodSync(helper, 0o755)
    writeFileSync(join(line.folder, '.bao'), `token_helper = "${helper}"\n`)
    const withBao = async (words: readonly string[]) => {
      const child = spawn(bao(), words, {
        env: { ...desktop.environment, BAO_ADDR: line.address },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      return text(child.stdout)
    }
    expect((await run(['login', '-'], 'root')).out).to.include(`the token helper ${helper}`)
    expect(await withBao(['print', 'token'])).to.equal('root\n')
    const child = await line.must('token create -field=token -display-name=bao')
    await withBao(['login', '-no-print', child])
    expect([existsSync(file()), desktop.entry()]).to.deep.equal([false, child])
    expect((await run(WHO)).out).to.equal('token-bao')
  })

  it('is not read from a locked keyring, and the next login uses the file', async () => {
    await run(['login', '-'], 'root')
    desktop.lock()
    const locked = await run(WHO)
    expect(locked.code).to.equal(2)
    expect(locked.err).to.match(
      /^WARNING! The token is not in the keyring, or the keyring is locked/,
    )
    expect(locked.err).to.include('No token was sent')
    const failed = await run(['login', '-'], 'root', { POSTERN_TOKEN_STORE: 'keyring' })
    expect(failed.code).to.equal(2)
    expect(failed.err).to.match(/^Error storing token: the keyring: .*locked/)
    const login = await run(['login', '-'], 'root')
    expect(login.err).to.include('It is kept in a file instead.')
    expect(readFileSync(file(), 'utf8')).to.equal('root')
    expect(await run(WHO)).to.deep.equal({ code: 0, out: 'root', err: '' })
  })

  it('is not read without a D-Bus, and a command that needs no token goes on', async () => {
    await run(['login', '-'], 'root')
    const away = {
      ...{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', XDG_RUNTIME_DIR: '', DISPLAY: '' },
    }
    const status = await run(['status', '-field=sealed'], '', away)
    expect([status.code, status.out]).to.deep.equal([0, 'false'])
    expect(status.err).to.match(/^WARNING! Error reading token: the keyring: .*Could not connect/)
    expect((await run(['login', '-'], 'root', away)).out).to.include('stored in ~/.vault-token for')
  })

  it('is replaced there when the login is offered again', async () => {
    await line.must('auth enable userpass')
    await line.must('write auth/userpass/users/ann password=s3cret')
    const words = ['login', '-method=userpass', '-no-print', 'username=ann', 'password=-']
    expect(await run(words, 's3cret')).to.deep.equal({ code: 0, out: '', err: '' })
    const before = desktop.entry()
    await line.must(`token revoke ${before}`)
    const answers = [
      ['Log in again with userpass as ann? [Y/n] ', 'y\r'],
      ['Password (will be hidden): ', 's3cret\r'],
    ] as const
    const { code, shown } = await atTerminal(answers, {
      words: [process.execPath, MAIN, ...WHO],
      environment: { ...line.environment, ...desktop.environment, POSTERN_TOKEN: '' },
    })
    expect(code, shown).to.equal(0)
    expect(shown).to.match(/\nuserpass-ann\n$/)
    expect(desktop.entry()).to.not.equal(before)
    expect(existsSync(file())).to.equal(false)
  })
})
