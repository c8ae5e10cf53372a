import { expect } from 'chai'
import { HostSessions } from '../../../engine/ssh/dynamic/host-sessions.ts'
import { HostileHost } from '../../support/hostile-host.ts'
import { Keygen } from '../../support/keygen.ts'
import { SshServer } from '../../support/ssh-server.ts'

describe('Hosts that say nothing', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  it('keep neither others from being reached, nor keys from being removed', async function () {
    this.timeout(60_000)
    await using server = new SshServer(keygen, 'OpenSSH_9.2')
    await server.listen()
    const host = await HostileHost.start(keygen, { raw: () => undefined })
    using sessions = new HostSessions()
    let settled = 0
    const work = async () => undefined
    const silent = Array.from({ length: 600 }, (_, at) =>
      sessions
        // each with a name of its own, as hosts of their own have
        .use({ ...host.login(), trust: `${at}` }, { share: `caller ${at % 2}`, work })
        .catch(() => undefined)
        .finally(() => settled++),
    )
    await sessions.use(server.login(), { share: 'another caller', work })
    await sessions.use({ ...server.login(), trust: 'removal' }, { work })
    expect(settled).to.equal(0)
    host[Symbol.dispose]()
    await Promise.all(silent)
  })

  it('keep no key from being removed by what hangs on the same host', async () => {
    await using server = new SshServer(keygen, 'OpenSSH_9.2')
    await server.listen()
    using sessions = new HostSessions()
    const hanging = Promise.withResolvers<void>()
    let settled = 0
    const installs = Array.from({ length: 20 }, (_, at) =>
      sessions
        .use(server.login(), { share: `caller ${at}`, work: () => hanging.promise })
        .finally(() => settled++),
    )
    await sessions.use(server.login(), { work: async () => undefined })
    expect(settled).to.equal(0)
    hanging.resolve()
    await Promise.all(installs)
  })
})
