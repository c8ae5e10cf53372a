import { expect } from 'chai'
import type { ExitReason } from '../../../helper/exit-codes.ts'
import { Bed, HERE, PAM, type Run, together } from '../../support/helper.ts'
import { type Conduct, reply } from '../../support/hostile.ts'

const SENTENCE =
  /^Login denied; the administrator of this host can find the reason under this id: ([0-9a-f]{32})\n$/

const GOOD: Conduct = (_, { nonce }) =>
  reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops', nonce } })
const REFUSED = reply(400, { errors: ['OTP not found'] })

type Case = readonly [string, Run, ExitReason, Conduct?]

/** The helper is told to end when it has sent its request. */
function signalled(): Case {
  let pid: number | undefined
  const started = (id: number) => {
    pid = id
  }
  const conduct = () => {
    if (pid !== undefined) process.kill(pid, 'SIGTERM')
    return undefined
  }
  return ['a signal', { started }, 'deadline', conduct]
}

/** One refusal of every kind. */
const REFUSALS: readonly Case[] = [
  ['a password that the engine does not know', {}, 'denied'],
  ['what is no password', { input: 'correct horse' }, 'input'],
  ['nothing typed', { input: '' }, 'input'],
  ['a user who is not allowed', { settings: { allowed_users: ['bob'] } }, 'denied'],
  ['a login for another user', { env: { ...PAM, PAM_USER: 'bob' } }, 'denied', GOOD],
  ['an engine that fails', {}, 'unavailable', reply(500, { errors: ['no'] })],
  ['a reply that is not valid', {}, 'protocol', reply(200, 'x')],
  ['no engine', { engines: ['https://127.0.0.1:1'] }, 'unavailable'],
  ['settings that are wrong', { settings: { nonsense: 1 } }, 'settings'],
  ['an unknown flag', { words: ['-nope'] }, 'usage'],
  ['a flag with a wrong value', { words: ['-log-level=loud'] }, 'usage'],
  ['a flag that is no login', { words: ['-help'] }, 'usage'],
  ['a command', { verb: 'krl', env: PAM }, 'usage'],
  ['an account line', { env: { ...PAM, PAM_TYPE: 'account' } }, 'usage'],
  ['an unsafe environment', { env: { ...PAM, LD_LIBRARY_PATH: '/x' } }, 'environment'],
  ['the deadline', { settings: { deadline: '4s' } }, 'deadline', () => undefined],
  signalled(),
]

describe('A user who is refused', function () {
  this.timeout(60_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  const run = async ([, run, , conduct = REFUSED]: Case, ...words: readonly string[]) => {
    await using engine = await bed.engine(conduct)
    return await bed.run({
      ...{ engines: [engine], seen: true, ...run },
      words: [...(run.words ?? []), ...words],
    })
  }

  it('is told the same for every reason, with the id that the log has, and nothing else', async () => {
    const all = await together(REFUSALS, each => run(each, '-tell-user'))
    const ids = REFUSALS.map(([what, , end]) => {
      const { stdout, stderr, log } = all.get(what) ?? expect.fail(what)
      expect(stderr, what).to.equal('')
      const [, id] = SENTENCE.exec(stdout) ?? expect.fail(`${what}: ${stdout}`)
      // before the settings are read, syslog may have it
      if (log !== '') expect(log).to.match(new RegExp(`end=${end} .* ?correlation=${id}\\b`))
      return id
    })
    expect(new Set(ids).size).to.equal(REFUSALS.length)
  })

  for (const [what, words] of [
    ['without the flag', []],
    ['with the flag turned off', ['-tell-user=false']],
  ] as const)
    it(`is told nothing ${what}`, async () => {
      for (const [, refusal, , conduct] of REFUSALS.slice(0, 3)) {
        const { code, stdout, stderr } = await run(
          ['', refusal, 'denied', conduct ?? REFUSED],
          ...words,
        )
        expect([code === 0, stdout, stderr]).to.deep.equal([false, '', ''])
      }
    })

  it('is sent the id that the engine was sent', async () => {
    await using engine = await bed.engine(REFUSED)
    const { stdout } = await bed.run({ engines: [engine], seen: true, words: ['-tell-user'] })
    const [, id] = SENTENCE.exec(stdout) ?? expect.fail(stdout)
    expect(engine.received).to.include(`X-Correlation-Id: ${id}\r\n`)
  })

  it('learns nothing where stdout is closed', async () => {
    const command = ['/bin/sh', '-c', 'exec "$0" "$@" >&-']
    const { code, log } = await run(['', { command }, 'denied'], '-tell-user')
    expect(code).to.equal(1)
    expect(log).to.include('decision=denied end=denied')
  })
})

describe('A user who is let in', () => {
  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  it('sees nothing of the helper', async () => {
    await using engine = await bed.engine(GOOD)
    const { code, stdout, stderr, log } = await bed.run({
      ...{ engines: [engine], seen: true, words: ['-tell-user'] },
    })
    expect([code, stdout, stderr]).to.deep.equal([0, '', ''])
    expect(log).to.include('decision=allowed')
  })
})
