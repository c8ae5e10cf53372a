import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { ChaosEngine, type Issued } from '../../support/chaos-engine.ts'
import { until } from '../../support/until.ts'

const ROUNDS = 5
const CLIENTS = 12

/** What the engine had said by the time it died. */
interface Said {
  readonly issued: Issued[]
  /** Passwords that somebody had begun to use: of those without an answer nothing is known. */
  readonly begun: Set<string>
  readonly used: string[]
}

/** Issues passwords and uses every second one, until the engine is gone. */
async function client(engine: ChaosEngine, { issued, begun, used }: Said): Promise<void> {
  try {
    for (let turn = 0; ; turn++) {
      const made = await engine.issue()
      issued.push(made)
      if (turn % 2 === 0) continue
      begun.add(made.otp)
      if ((await engine.verify(made.otp)) === 200) used.push(made.otp)
    }
  } catch {
    // it has been killed
  }
}

const hasNoLeases = async (engine: ChaosEngine): Promise<boolean> =>
  (await engine.ask('LIST', 'sys/leases/lookup/ssh/creds/web')).status === 404

describe('An engine that is killed while it works', function () {
  this.timeout(120_000)

  it('has lost nothing that it had answered, and lets nothing be used again', async () => {
    await using engine = await ChaosEngine.start()
    const all: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const said: Said = { issued: [], begun: new Set(), used: [] }
      const clients = Array.from({ length: CLIENTS }, () => client(engine, said))
      await until(() => said.issued.length >= 40)
      await pause(Math.random() * 300)
      await engine.kill()
      await Promise.all(clients)
      await engine.begin()

      const { issued, begun, used } = said
      all.push(...issued.map(({ otp }) => otp))
      const fresh = issued.filter(({ otp }) => !begun.has(otp)).slice(0, 60)
      for (const { lease } of fresh.slice(0, 10))
        expect((await engine.ask('PUT', 'sys/leases/lookup', { lease_id: lease })).status).to.equal(
          200,
        )
      const once = await Promise.all(fresh.map(({ otp }) => engine.verify(otp)))
      const twice = await Promise.all(fresh.map(({ otp }) => engine.verify(otp)))
      expect(new Set(once), 'every password that was answered works').to.deep.equal(new Set([200]))
      expect(new Set(twice), 'and works once').to.deep.equal(new Set([400]))
      const again = await Promise.all(used.map(otp => engine.verify(otp)))
      expect(
        again.filter(status => status !== 400),
        'what was used stays used',
      ).to.deep.equal([])
    }
    expect(engine.filesWith(all)).to.deep.equal([])
    expect(engine.verifyAudit()).to.match(/./)
  })

  it('goes on ending leases that fell due while it was dead', async () => {
    await using engine = await ChaosEngine.start()
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '1s' }
    await engine.ask('POST', 'ssh/roles/web', role)
    await Promise.all(Array.from({ length: 20 }, () => engine.issue()))
    await engine.kill()
    await pause(1200)
    await engine.begin()
    await until(() => hasNoLeases(engine))
  })

  it('finishes the removal of a mount that it had begun', async () => {
    await using engine = await ChaosEngine.start()
    await Promise.all(Array.from({ length: 200 }, () => engine.issue()))
    const removal = engine.ask('DELETE', 'sys/mounts/ssh').catch(() => undefined)
    await pause(15)
    await engine.kill()
    await removal
    await engine.begin()
    const issues = () =>
      engine.issue().then(
        () => true,
        () => false,
      )
    await until(async () => {
      const { body } = await engine.ask('GET', 'sys/mounts')
      return body.data['ssh/'] === undefined ? hasNoLeases(engine) : issues()
    })
  })
})
