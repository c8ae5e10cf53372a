import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'

const MINUTES = Number(process.env.POSTERN_LONG_MINUTES ?? 10)
const ATTACK = join(import.meta.dirname, '../../support/worst-bodies.ts')

describe('While unauthenticated clients send the most expensive requests', function () {
  this.timeout((MINUTES + 2) * 60_000)

  it(`a login a second is served, for ${MINUTES} minutes`, async () => {
    await using engine = await EngineProcess.start(folder => ({
      config: `[[audit]]\nfile_path = "${folder}/audit.log"\n`,
    }))
    await engine.prepare()
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    await engine.post('auth/userpass/users/alice', { password: 'correct' })
    const { port } = new URL(engine.url)
    const attack = spawn(process.execPath, [ATTACK, port, '127.0.0.2', '127.0.0.3', '127.0.0.4'], {
      stdio: 'ignore',
    })
    const waits: number[] = []
    try {
      const end = performance.now() + MINUTES * 60_000
      while (performance.now() < end) {
        const begun = performance.now()
        const issued = await engine.post('ssh/creds/web', { ip: '10.1.2.3' })
        expect(issued.status).to.equal(200)
        const { status } = await engine.post('ssh/verify', { otp: issued.body.data.key }, '')
        expect(status).to.equal(200)
        waits.push(performance.now() - begun)
        await pause(Math.max(0, begun + 1000 - performance.now()))
      }
    } finally {
      attack.kill('SIGKILL')
    }
    const sorted = waits.toSorted((a, b) => a - b)
    const [median, longest] = [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0]
    console.log(
      `      ${waits.length} logins: median ${Math.round(median)} ms, longest ${Math.round(longest)} ms`,
    )
    expect(median).to.be.below(500)
    // the first seconds are the worst: what anybody may ask at once is served
    expect(longest).to.be.below(10_000)
    expect((await engine.ask('GET', 'sys/mounts')).status).to.equal(200)
  })
})
