import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sinceStart } from '../../../helper/clock.ts'
import { parseFlags } from '../../../helper/flags.ts'
import { interfaces } from '../../../helper/interfaces.ts'
import type { Log } from '../../../helper/log.ts'
import { decideLogin, login } from '../../../helper/login.ts'
import { TRIAL_SERVICE } from '../../../helper/pam.ts'
import { Refusal } from '../../../helper/refusal.ts'
import { answered, type Cell, LoginCells } from '../../support/login-matrix/login-cells.ts'
import { rightLogin } from '../../support/login-matrix/right-login.ts'
import { HERE, OTP } from '../../support/login-matrix/variant.ts'

/** An address at which nothing listens. */
const ABSENT = 'http://127.0.0.1:1'

describe('A login', () => {
  let cells: LoginCells
  let right: Cell
  before(async () => {
    cells = new LoginCells()
    const login = rightLogin(cells.folder, await cells.listen())
    // as with Vault: the password is sent as it is
    right = { ...login, settings: { ...login.settings, verify_keys: undefined } }
  })
  after(() => cells[Symbol.dispose]())

  const having = (settings: Cell['settings'], environment: Cell['environment'] = {}): Cell => ({
    ...right,
    settings: { ...right.settings, ...settings },
    environment: { ...right.environment, ...environment },
  })

  /** The one request of a login, and how it ends. */
  async function sentBy(cell: Cell) {
    cells.requests.splice(0)
    const outcome = await cells.run(cell)
    expect(cells.requests).to.have.length(1)
    return { outcome, request: cells.requests[0]! }
  }

  it('asks whether the password is for this user, at this address, by one of the roles', async () => {
    const { outcome, request } = await sentBy(right)
    expect(outcome).to.equal('allowed')
    const { nonce, ...rest } = request
    expect(nonce).to.match(/^[0-9a-f]{32}$/)
    expect(rest).to.deep.equal({ otp: OTP, username: 'alice', ip: [HERE], roles: ['ops', 'dev'] })
  })

  it('sends no address where blocks are allowed, and no roles where all are', async () => {
    const blocks = await sentBy(having({ allowed_cidr_list: ['192.0.2.0/24'] }))
    expect(blocks.request).not.to.have.property('ip')
    const roles = await sentBy(having({ allowed_roles: ['x', '*'] }))
    expect(roles.request).not.to.have.property('roles')
    expect(roles.request).to.have.property('ip')
  })

  it('sends the addresses of all interfaces where the caller is not sshd', async () => {
    const { request } = await sentBy(having({}, { SSH_CONNECTION: undefined }))
    expect(request.ip).to.deep.equal(interfaces())
  })

  it('asks for a test of the host for the service of such a test alone', async () => {
    const settings = { services: ['sshd', TRIAL_SERVICE] }
    const { request } = await sentBy(having(settings, { PAM_SERVICE: TRIAL_SERVICE }))
    expect(request.self_test).to.equal(true)
    expect((await sentBy(having(settings))).request).not.to.have.property('self_test')
  })

  it('sends a decoy in place of a password that this host refuses', async () => {
    for (const cell of [
      having({ allowed_users: ['bob'] }),
      having({ allowed_roles: [] }),
      { ...right, typed: Buffer.from('correct horse') },
    ]) {
      const { outcome, request } = await sentBy(cell)
      expect(outcome).to.match(/^(?:denied|input): /)
      expect(request).to.include({ otp: 'verify-echo-request', username: '-----' })
      expect(JSON.stringify(request)).not.to.match(/2f7e25a2|alice|horse/)
    }
  })

  it('says why it is refused, whatever becomes of the decoy', async () => {
    const refused = having({ allowed_users: ['bob'], vault_addr: [ABSENT] })
    expect(await cells.run(refused)).to.equal('denied: the user is not in allowed_users')
  })

  it('is not allowed by an echo', async () => {
    const echo = answered(200)('{"data":{"message":"verify-echo-response"}}')
    const outcome = await cells.run({ ...right, framed: () => echo })
    expect(outcome).to.equal('protocol: the engine answered with an echo')
  })

  it('notes the engine, those before it and the role, and hides the password from the log', async () => {
    const [address] = right.settings.vault_addr as readonly string[]
    for (const [before, passed_over] of [
      [[], undefined],
      [[ABSENT], `${ABSENT}: connection refused`],
      [[ABSENT, ABSENT], `${ABSENT}: connection refused; ${ABSENT}: connection refused`],
    ] as const) {
      const [noted, hidden] = [[] as object[], [] as string[]]
      const log = {
        note: (facts: object) => void noted.push(facts),
        hide: (otp: { reveal(): string }) => void hidden.push(otp.reveal()),
      }
      const outcome = await cells.run(having({ vault_addr: [...before, address] }), log)
      expect([outcome, hidden]).to.deep.equal(['allowed', [OTP]])
      expect(noted).to.deep.equal([{ engine: address, passed_over }, { role: 'ops' }])
    }
  })

  const attempt = (read: () => Promise<Buffer>) =>
    decideLogin(
      { ...cells.configOf(right), deadline: sinceStart() + 100 },
      {
        environment: right.environment,
        log: { correlation: 'c', note() {}, hide() {} },
        file: 'helper.toml',
        read,
      },
    )

  it('ends at its deadline where nothing is typed', async () => {
    try {
      await attempt(() => new Promise(() => {}))
      expect.fail('it was allowed')
    } catch (error) {
      expect(error).to.be.instanceOf(Refusal)
      expect(error).to.include({ exit: 'deadline', message: 'not done in time' })
    }
  })

  it('fails as a bug does where reading fails', async () => {
    const bug = new TypeError('a bug')
    const failed = await attempt(() => Promise.reject(bug)).catch(error => error)
    expect(failed).to.equal(bug)
  })

  it('is decided by the configuration that the flags name, which says where its line goes', async () => {
    const file = join(cells.folder, 'login.toml')
    const logFile = join(cells.folder, 'log')
    const text = { vault_addr: 'https://127.0.0.1:1', log_file: logFile, services: ['sshd'] }
    const flags = parseFlags([`-config=${file}`])
    const done: unknown[] = []
    const log = {
      correlation: 'c',
      note: (facts: object) => void done.push(facts),
      toFile: (path: string) => void done.push(path),
    } as unknown as Log
    const refusal = async (environment: Cell['environment']) => {
      const error = await login(flags, { ...right.environment, ...environment }, log).catch(
        each => each,
      )
      expect(error).to.be.instanceOf(Refusal)
      return `${error.exit}: ${error.message}`
    }
    expect(await refusal({})).to.match(/^settings: .*login\.toml/)
    writeFileSync(
      file,
      Object.entries(text)
        .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
        .join(''),
      { mode: 0o600 },
    )
    // before anything is read from stdin
    expect(await refusal({ PAM_TYPE: 'account' })).to.match(/^usage: PAM called for account/)
    expect(await refusal({ PAM_SERVICE: 'su' })).to.contain(`add to ${file}: `)
    const facts = { user: 'alice', from: '192.0.2.7', host: HERE }
    expect(done).to.deep.equal([facts, facts, logFile, facts, logFile])
  })
})
