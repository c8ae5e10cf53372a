import { expect } from 'chai'
import type { CommandLine } from './command-line.ts'
import { type FakeSsh, fakeSsh, PROMPT, REDEEM } from './fake-ssh.ts'

describe('postern ssh, when ssh has ended', () => {
  let fake: FakeSsh
  let line: CommandLine
  beforeEach(async () => {
    fake = await fakeSsh()
    line = fake.line
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const ssh: FakeSsh['ssh'] = (...given) => fake.ssh(...given)
  const note = (name: string) => fake.note(name)
  const leases = () => fake.leases()

  it('ends as ssh ends, and ends the lease of a password that was not asked for', async () => {
    const failing = { FAKE_EXIT: '7' }
    expect(await ssh('-role=web ubuntu@10.1.2.3 false', failing)).to.deep.equal({
      code: 7,
      out: '',
      err: '',
    })
    expect(await leases()).to.equal('')
  })

  it('ends the lease of a password that was handed over, if the host did not let the user in', async () => {
    const failing = { ...PROMPT, FAKE_EXIT: '255' }
    const { code, err } = await ssh('-role=web ubuntu@10.1.2.3', failing)
    expect(code).to.equal(255)
    expect(err).to.match(/^The host never redeemed the one-time password: .*\n/)
    expect(await leases()).to.equal('')
  })

  it('tells a user who was not let in that the host had redeemed the password, and others nothing', async () => {
    for (const code of [0, 7, 255]) {
      const used = { ...PROMPT, FAKE_RUN: REDEEM, FAKE_EXIT: `${code}` }
      const ended = await ssh('-role=web ubuntu@10.1.2.3', used)
      expect([ended.code, ended.out]).to.deep.equal([code, ''])
      expect(ended.err).to.match(
        code === 255 ? /^The host redeemed the one-time password\. / : /^$/,
      )
      expect(note('verified')).to.include('"role_name":"web"')
      fake.forget('answers')
    }
  })

  it('tells a user who was not let in what the engine refused, and who presented the password', async () => {
    const elsewhere = REDEEM.replace('}" $ADDRESS', ',\\"username\\":\\"root\\"}" $ADDRESS')
    const { err } = await ssh('-role=web ubuntu@10.1.2.3', {
      ...{ ...PROMPT, FAKE_RUN: elsewhere, FAKE_EXIT: '255' },
    })
    expect(note('verified')).to.include('OTP was issued for another username')
    expect(err).to.equal(
      "The engine refused the one-time password: OTP was issued for another username.\nThe host's request came from 127.0.0.1.\n",
    )
    expect(await leases()).to.equal('')
  })

  it('tells a user of an engine without records what the lease tells', async () => {
    const policy =
      'path "ssh/creds/web" { capabilities = ["update"] }\npath "ssh/otp" { capabilities = ["deny"] }'
    await line.run(['policy', 'write', 'otp-user', '-'], { input: policy })
    const used = { ...PROMPT, FAKE_RUN: REDEEM, FAKE_EXIT: '255' }
    const { err } = await ssh('-role=web ubuntu@10.1.2.3', used)
    expect(err).to.match(
      /^The host redeemed the one-time password\. .*\n.*postern-helper, and that of sshd\.\n$/,
    )
    const unused = await ssh('-role=web ubuntu@10.1.2.3', { ...PROMPT, FAKE_EXIT: '255' })
    expect(unused.err).to.match(/^The host never redeemed the one-time password/)
  })

  it('tells a user that the password was presented again', async () => {
    const { err } = await ssh('-role=web ubuntu@10.1.2.3', {
      ...{ ...PROMPT, FAKE_RUN: `${REDEEM}; ${REDEEM}`, FAKE_EXIT: '255' },
    })
    expect(err).to.match(/^The host redeemed the one-time password\. /)
    expect(err).to.include('It was presented again after that, from 127.0.0.1. ')
  })

  for (const [what, environment, words, message] of [
    ['does not say why', {}, '', ''],
    ['does not know the key', { FAKE_REFUSAL: 'Host key verification failed.' }, '', 'known_hosts'],
    [
      'is offered no one-time passwords',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey).' },
      '',
      'offers only: publickey.\nIf it requires a key as well, set yours after the host: -i FILE.',
    ],
    [
      'has a key that is not taken',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey).' },
      ' -i key',
      'offers only: publickey.\nIt did not accept the key',
    ],
    [
      'finds another key',
      {
        FAKE_REFUSAL:
          '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\\nHost key verification failed.',
      },
      '',
      'The key of the host\nhas changed',
    ],
    [
      'is told not to trust the host',
      {
        FAKE_PROMPTS: 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
        FAKE_REFUSAL: 'Host key verification failed.',
      },
      '',
      'add it to known_hosts, or log in once at a terminal',
    ],
    [
      'is refused without a question',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey,keyboard-interactive).' },
      '',
      'ended\nthe login without a prompt',
    ],
    ['is behind another host', { ...PROMPT }, ' -J jump', 'Another process asked'],
    [
      'is asked something else',
      { FAKE_PROMPTS: '(ubuntu@10.1.2.3) Passcode: ' },
      '',
      'It asked "(ubuntu@10.1.2.3) Passcode: " instead',
    ],
  ] as const)
    it(`says so when ssh never came to the password, and ${what}`, async () => {
      const { code, err } = await ssh(`-role=web ubuntu@10.1.2.3${words}`, {
        ...environment,
        FAKE_EXIT: '255',
      })
      expect(code).to.equal(255)
      expect(err).to.match(/^ssh ended before the host asked for the one-time password\./)
      expect(err).to.include(message)
      if (message === '') expect(err.trim().split('\n')).to.have.length(1)
      expect(await leases()).to.equal('')
    })

  it('ends as ssh ends when the lease cannot be ended, and says so', async () => {
    const revoke = `curl -s -X PUT -H "X-Vault-Token: ${fake.token}" ${line.address}/v1/auth/token/revoke-self`
    for (const exit of ['0', '7']) {
      fake.token = await line.must('token create -policy=otp-user -field=token')
      const { code, err } = await ssh('-role=web ubuntu@10.1.2.3', {
        FAKE_RUN: revoke.replace(/hvs\.[^"]+/, fake.token),
        FAKE_EXIT: exit,
      })
      expect(code).to.equal(Number(exit))
      expect(err).to.match(/^failed to revoke key: Error making API request\..*permission denied/s)
    }
  })
})
