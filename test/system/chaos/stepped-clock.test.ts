import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'
import { SteppedClock } from '../../support/stepped-clock.ts'

const DAY = 86_400

describe('An engine whose wall clock is stepped', function () {
  this.timeout(60_000)

  const clock = new SteppedClock()
  let engine: EngineProcess

  before(async () => {
    engine = await EngineProcess.start(() => ({ env: clock.env }))
    await engine.prepare()
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    for (const name of ['alice', 'bob'])
      await engine.post(`auth/userpass/users/${name}`, { password: 'correct' })
    const everything = { path: '', rate: 1000, block_interval: '1h' }
    expect((await engine.post('sys/quotas/rate-limit/all', everything)).status).to.equal(204)
  })
  after(async () => {
    await engine?.[Symbol.asyncDispose]()
    clock[Symbol.dispose]()
  })

  async function now(): Promise<number> {
    return (await engine.ask('GET', 'sys/health')).body.server_time_utc
  }

  /** All that people and hosts need. */
  async function expectService() {
    const issued = await engine.post('ssh/creds/web', { ip: '10.1.2.3' })
    expect(issued.status).to.equal(200)
    const otp = issued.body.data.key
    expect((await engine.post('ssh/verify', { otp }, '')).status).to.equal(200)
    const login = await engine.post('auth/userpass/login/alice', { password: 'correct' }, '')
    expect(login.status).to.equal(200)
  }

  for (const quotas of [true, false])
    describe(quotas ? 'and which has a quota for all' : 'and which has the built-in limits', () => {
      before(async () => {
        if (!quotas) await engine.ask('DELETE', 'sys/quotas/rate-limit/all')
      })

      for (const steps of [[-10], [-60], [-3600], [DAY, 0], [3600, -3600]])
        it(`serves all after ${steps.join(' s and then ')} s`, async () => {
          clock.step(0)
          await expectService()
          const before = await now()
          for (const step of steps) {
            clock.step(step)
            expect((await now()) - before).to.be.within(step - 5, step + 30)
            // what fails is charged, too
            await engine.post('ssh/verify', { otp: 'wrong' }, '')
            await engine.ask('GET', 'nowhere', undefined, 'wrong')
          }
          await expectService()
        })
    })

  it('keeps a name locked, and no longer than it should be', async () => {
    clock.step(0)
    const logIn = (password: string) =>
      engine.post('auth/userpass/login/bob', { password }, '').then(({ status }) => status)
    for (let each = 0; each < 5; each++) expect(await logIn('wrong')).to.equal(400)
    for (const step of [0, DAY, -DAY]) {
      clock.step(step)
      expect(await logIn('correct')).to.equal(403)
    }
  })
})
