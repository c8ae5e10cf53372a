import { expect } from 'chai'
import { EXIT_CODES } from '../../../helper/exit-codes.ts'
import { Bed, expectEnd, HERE, OTP, PAM } from '../../support/helper.ts'
import { type Conduct, Hostile, reply } from '../../support/hostile.ts'

const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })
const ECHO = reply(200, { data: { message: 'verify-echo-response' } })

/** Puts the first flag behind the others, as a command has it. */
const CONFIG_LAST = ['/bin/sh', '-c', 'config=$1; shift; exec "$0" "$@" "$config"']

describe('The helper, run by a person', function () {
  this.timeout(20_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  const check = async (conduct: Conduct, settings = {}) => {
    await using engine = await bed.engine(conduct)
    const ended = await bed.run({ engines: [engine], settings, env: {}, words: ['-verify-only'] })
    expect(engine.received).not.to.contain(OTP)
    return ended
  }

  it('says that an engine answers', async () => {
    const { code, stdout, stderr } = await check(ECHO)
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(
      /^https:\S+: the SSH engine answers\nsshd is not judged: its PAM stack uses \S+, not \S+\n$/,
    )
  })

  it('says that no role may log in', async () => {
    const { code, stderr } = await check(ECHO, { allowed_roles: '' })
    expect(code).to.equal(EXIT_CODES.settings.code)
    expect(stderr).to.contain('allowed_roles is empty, which denies every login')
  })

  for (const initialized of [true, false])
    it(`tells an engine that is sealed ${initialized ? 'from' : 'and'} one never initialized`, async () => {
      const sealed = reply(503, { errors: ['Vault is sealed'] })
      const status = reply(200, { initialized, sealed: true })
      const { stderr } = await check((_, { otp }) => (otp === undefined ? status : sealed))
      expect(stderr).to.contain(
        `it is sealed (${initialized ? 'unseal it' : 'it has never been initialized: do that first'})`,
      )
    })

  const other = 'A'.repeat(43)
  for (const [what, conduct, settings, says] of [
    ['is sealed', reply(503, { errors: ['Vault is sealed'] }), {}, /it is sealed \(unseal it\)/],
    [
      'has no SSH engine there',
      reply(404, { errors: ['no handler'] }),
      {},
      /enable an SSH engine there/,
    ],
    [
      'has no SSH engine there, as Vault says it',
      reply(403, { errors: ['permission denied'] }),
      {},
      /403, check ssh_mount_point: permission denied \(enable an SSH engine there/,
    ],
    [
      'has no such namespace',
      reply(404, { errors: ['namespace not found'] }),
      {},
      /namespace not found \(correct namespace, or leave it out\)/,
    ],
    ['answers with a login', GOOD, {}, /not with the echo/],
    [
      'answers with the nonce of another',
      reply(200, { data: { message: 'verify-echo-response', nonce: 'x' } }),
      {},
      /another question/,
    ],
    [
      'has another key',
      ECHO,
      { pin_sha256: `${other}=` },
      /it is [\w+/]{43}= \(if that key is right, add it/,
    ],
    [
      'has another name',
      ECHO,
      { tls_server_name: 'engine.test' },
      /set tls_server_name to a name that is in the certificate/,
    ],
    ['is of another authority', ECHO, { ca_cert: undefined }, /set ca_cert/],
  ] as const)
    it(`says what to do about an engine that ${what}`, async () => {
      const { code, stdout, stderr } = await check(conduct, settings)
      expect({ code, stdout }).to.deep.equal({ code: EXIT_CODES.unavailable.code, stdout: '' })
      expect(stderr).to.match(says)
    })

  it('says what to do where an engine speaks no TLS, or does not run', async () => {
    await using plain = await Hostile.raw(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const engines = [plain, 'https://127.0.0.1:1']
    const { code, stderr } = await bed.run({ engines, env: {}, words: ['-verify-only'] })
    expect(code).to.equal(EXIT_CODES.unavailable.code)
    expect(stderr).to.contain('the engine may speak plain HTTP there')
    expect(stderr).to.contain('check vault_addr, the firewall, and that the engine runs')
  })

  it('has a line for each engine, for those that answer, too', async () => {
    await using engine = await bed.engine(ECHO)
    const engines = ['https://127.0.0.1:1', engine, engine]
    const { code, stderr } = await bed.run({ engines, env: {}, words: ['-verify-only'] })
    expect(code).to.equal(EXIT_CODES.unavailable.code)
    expect(stderr).to.match(
      /^postern-helper: https:\S+: connection refused .*\n(?:https:\S+: the SSH engine answers\n){2}sshd is not judged/,
    )
  })

  for (const name of ['krl', 'trust'])
    it(`passes over engines that are sealed with ${name}, and says so where all are`, async () => {
      const sealed = reply(503, { errors: ['Vault is sealed'] })
      await using first = await bed.engine(sealed)
      await using second = await bed.engine(reply(403, { errors: ['permission denied'] }))
      const words = [name, `-out=${bed.folder}/out`]
      const passed = await bed.run({
        engines: [first, second],
        env: {},
        words,
        command: CONFIG_LAST,
      })
      expect(passed.code, passed.stderr).to.equal(EXIT_CODES.protocol.code)
      expect(passed.stderr).to.contain('status 403: permission denied')
      const all = await bed.run({ engines: [first, first], env: {}, words, command: CONFIG_LAST })
      expect(all.code, all.stderr).to.equal(EXIT_CODES.unavailable.code)
      expect(all.stderr).to.match(/: it is sealed; https:\S+: it is sealed\n$/)
    })

  it('says what time it is here where the certificate is not valid yet', async () => {
    const certificate = bed.authority.issue({ addresses: [HERE, '127.0.0.1'], startsIn: 2 })
    await using engine = await Hostile.start({ certificate, conduct: ECHO })
    const { code, stderr } = await bed.run({ engines: [engine], env: {}, words: ['-verify-only'] })
    expect(code).to.equal(EXIT_CODES.unavailable.code)
    expect(stderr).to.match(/not yet valid \(it is \d{4}-\d\d-\d\dT\S+Z here: /)
  })

  for (const [flag, says] of [
    ['-help', /^Usage: postern-helper/],
    ['-version', /^postern-helper \d+\.\d+\.\d+/],
  ] as const)
    it(`does what ${flag} says`, async () => {
      const { code, stdout } = await bed.run({ env: {}, words: [flag] })
      expect(code).to.equal(0)
      expect(stdout).to.match(says)
    })

  it('allows no login outside of PAM', async () => {
    await using engine = await bed.engine(GOOD)
    const { code, stderr } = await bed.run({ engines: [engine], env: {} })
    expect(stderr).to.contain('PAM did not run this').and.to.contain('-help')
    expect([code, engine.connections]).to.deep.equal([EXIT_CODES.usage.code, 0])
  })

  it('reads a file of vault-ssh-helper as it is', async () => {
    await using engine = await bed.engine(GOOD)
    const file = `vault_addr = "${engine.url}"
ssh_mount_point = "ssh"
namespace = "my_namespace"
ca_cert = "${bed.authority.caFile}" // ours
tls_skip_verify = false
/* nothing
   more */
allowed_roles = "dev,ops"
allowed_cidr_list="0.0.0.0/0"
`
    const ended = await bed.run({ file })
    expectEnd(ended, 'allowed')
    expect(engine.received).to.contain('\r\nX-Vault-Namespace: my_namespace\r\n')
    expect(ended.stderr).to.match(/^decision=allowed /)
  })

  it('reads a star in allowed_users, and an empty ca_path beside ca_cert, as the documentation says', async () => {
    await using engine = await bed.engine(GOOD)
    const settings = { allowed_users: '*', ca_path: '' }
    expectEnd(await bed.run({ engines: [engine], settings }), 'allowed')
  })

  for (const [what, log] of [
    ['is in no folder', '/nowhere/helper.log'],
    ['is a device', '/dev/null'],
    ['is full', '/dev/full'],
  ])
    it(`logs to stderr when the log ${what}, and decides the same`, async () => {
      await using engine = await bed.engine(GOOD)
      const ended = await bed.run({ engines: [engine], settings: { log_file: log } })
      expectEnd(ended, 'allowed')
      expect(ended.stderr).to.match(/^decision=allowed .*\npostern-helper: .*\n$/)
    })

  it('decides the same with nowhere to write to', async () => {
    const command = ['/bin/sh', '-c', 'exec "$0" "$@" >&- 2>&-']
    for (const [reply, end] of [
      [GOOD, 'allowed'],
      [ECHO, 'protocol'],
    ] as const) {
      await using engine = await bed.engine(reply)
      const { code, stdout, stderr } = await bed.run({ engines: [engine], command })
      expect([code, stdout, stderr]).to.deep.equal([EXIT_CODES[end].code, '', ''])
    }
  })

  it('writes one line, whatever a user is called', async () => {
    const user = 'a" decision=allowed\n\u001b[31m\u202e'
    await using engine = await bed.engine(GOOD)
    const ended = await bed.run({ engines: [engine], env: { ...PAM, PAM_USER: user } })
    expectEnd(ended, 'denied')
    expect(ended.log).to.match(/^\S+Z \S+ postern-helper\[\d+\]: decision=denied [\x20-\x7e]*\n$/)
    expect(ended.log).to.contain(String.raw`user="a\" decision=allowed\n\u001b[31m\u202e"`)
  })
})
