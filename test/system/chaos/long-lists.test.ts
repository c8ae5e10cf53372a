import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'

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
    const { port } = new URL(engine.url)
    const socket = connect(Number(port), '127.0.0.1')
    let answered = 0
    socket.setEncoding('latin1').on('data', text => {
      answered += String(text).split('HTTP/1.1 200').length - 1
    })
    const list = `LIST /v1/ssh/roles HTTP/1.1\r\nHost: x\r\nX-Vault-Token: ${engine.token}\r\n\r\n`
    socket.write(list.repeat(LISTS))
    await once(socket, 'data')
    let others = 0
    while (answered < LISTS) {
      expect((await engine.ask('GET', 'sys/health')).status).to.equal(200)
      others++
    }
    socket.destroy()
    // each of the others waits for a list or two, not for all
    expect(others).to.be.above(LISTS / 4)
  })
})
