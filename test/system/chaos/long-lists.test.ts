import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'
import { until } from '../../support/until.ts'

const [ROLES, LISTS] = [2000, 100]

describe('Long lists that are asked for many times on one connection', function () {
  this.timeout(120_000)

  it('do not keep others waiting until the last has been answered', async () => {
    await using engine = await EngineProcess.start(folder => ({
      config: `[[audit]]\nfile_path = "${folder}/audit.log"\n`,
    }))
    await engine.prepare()
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    for (let from = 0; from < ROLES; from += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, each) => engine.post(`ssh/roles/r${from + each}`, role)),
      )
    const [lists, others] = [await connection(engine), await connection(engine)]
    // together, so that it does not matter how fast this process is
    lists.ask('LIST /v1/ssh/roles')
    others.ask('GET /v1/ssh/roles/web')
    await until(() => lists.answered() === LISTS && others.answered() === LISTS)
    for (const { socket } of [lists, others]) socket.destroy()
    // each of the others waits for a list or two, not for all
    const answered = readFileSync(join(engine.folder, 'audit.log'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
      .filter(({ type }) => type === 'response')
      .map(({ request }) => request.path)
    const before = answered.slice(0, answered.lastIndexOf('ssh/roles/'))
    expect(before.filter(path => path === 'ssh/roles/web').length).to.be.above(LISTS / 4)
  })
})

/** A connection to ask so many times at once for the same. */
async function connection({ url, token }: EngineProcess) {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  let received = ''
  socket.setEncoding('latin1').on('data', text => {
    received += text
  })
  const head = `HTTP/1.1\r\nHost: x\r\nX-Vault-Token: ${token}\r\n\r\n`
  return {
    socket,
    ask: (what: string) => socket.write(`${what} ${head}`.repeat(LISTS)),
    answered: () => received.split('HTTP/1.1 200').length - 1,
  }
}
