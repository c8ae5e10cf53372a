import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import { ChaosEngine } from '../../support/chaos-engine.ts'

/** Takes connections, and reads from them only while `reading`. */
async function slowReader() {
  const sockets: Socket[] = []
  let reading = true
  const server: Server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    if (reading) socket.resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    set(now: boolean) {
      reading = now
      for (const socket of sockets) now ? socket.resume() : socket.pause()
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe('An engine whose audit device is stuck', function () {
  this.timeout(90_000)

  it('answers nothing that it cannot write down, says so in time, and goes on when it can', async () => {
    using reader = await slowReader()
    await using engine = await ChaosEngine.start()
    await engine.stop()
    // the socket alone: the file would be enough
    await engine.begin(`[[audit]]
type = "socket"
address = "127.0.0.1:${reader.port}"
write_timeout = "1s"
# long lines fill what the kernel keeps for a reader
log_raw = "true"
`)
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '10m' }
    const kept = await engine.issue()
    reader.set(false)
    // what the kernel buffers is taken; fill it, as fast as the length of a line allows
    const big = { ...role, allowed_users: 'x'.repeat(16_000) }
    let refused: { status: number; body: { errors: string[] } } | undefined
    let took = 0
    for (let each = 0; each < 1000 && !refused; each++) {
      const begun = performance.now()
      const answer = await engine.ask('POST', `ssh/roles/fill${each}`, big)
      took = performance.now() - begun
      if (answer.status >= 500) refused = answer
    }
    expect(refused?.status).to.equal(500)
    expect(refused?.body.errors[0]).to.include('the audit log cannot be written')
    expect(took).to.be.below(10_000)
    reader.set(true)
    for (let tries = 0; tries < 50; tries++) {
      const { status } = await engine.ask('GET', 'ssh/roles/web')
      if (status === 200) break
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    expect(await engine.verify(kept.otp)).to.equal(200)
  })

  it('works on while another device takes the lines', async () => {
    await using engine = await ChaosEngine.start()
    await engine.stop()
    await engine.begin(`[[audit]]
file_path = "${engine.auditFile}"
[[audit]]
type = "socket"
address = "127.0.0.1:9"
write_timeout = "1s"
`)
    const { otp } = await engine.issue()
    expect([await engine.verify(otp), await engine.verify(otp)]).to.deep.equal([200, 400])
    await engine.stop()
    expect(engine.verifyAudit()).to.match(/./)
  })
})
