import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { HostSessions } from '../../../engine/ssh/dynamic/host-sessions.ts'
import type { InstalledKey } from '../../../engine/ssh/dynamic/installed-key.ts'
import { installKey, uninstallKey } from '../../../engine/ssh/dynamic/installer.ts'
import { Lost, Refused } from '../../../engine/ssh/dynamic/session-errors.ts'
import { parseAddress } from '../../../shared/address.ts'
import { Keygen } from '../../support/keygen.ts'
import { SshServer } from '../../support/ssh-server.ts'

const KEY: InstalledKey = {
  ip: parseAddress('127.0.0.1')!,
  port: 22,
  username: 'alice',
  publicKey: 'ssh-ed25519 AAAA',
  options: ['no-pty'],
  marker: 'postern:m:l',
  script: '#!/bin/sh\ncat "$2" >>lines; rm "$2"\n',
  timeout: 30,
}

const END = Date.parse('2030-01-02T03:04:05Z')

describe('Installing a key', function () {
  this.timeout(90_000)

  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  async function on(software: string) {
    const server = new SshServer(keygen, software)
    await server.listen()
    return server
  }

  const local = (() => {
    const at = new Date(END + 1000)
    const two = (number: number) => `${number}`.padStart(2, '0')
    const date = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
    return `${date}${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  })()

  for (const [software, option] of [
    ['OpenSSH_10.0p1 Debian-7', 'expiry-time="20300102030406Z",'],
    ['OpenSSH_9.1', 'expiry-time="20300102030406Z",'],
    ['OpenSSH_8.4p1 Debian-5', `expiry-time="${local}",`],
    ['OpenSSH_7.7', `expiry-time="${local}",`],
    ['OpenSSH_7.6', ''],
    ['dropbear_2022.83', ''],
  ] as const)
    it(`tells ${software} ${option === '' ? 'nothing of its end' : 'when it ends'}`, async () => {
      await using server = await on(software)
      using sessions = new HostSessions()
      const { heeded, unprovable } = await installKey(sessions, server.login(), {
        key: KEY,
        expiresAt: END,
        share: '',
      })
      // there is no user alice on this machine
      expect({ heeded, unprovable }).to.deep.equal({ heeded: option !== '', unprovable: true })
      expect(readFileSync(join(server.folder, 'lines'), 'utf8')).to.equal(
        `${option}no-pty ssh-ed25519 AAAA postern:m:l\n`,
      )
      expect(readdirSync(server.folder)).to.deep.equal(['lines'])
    })

  for (const [software, allowed] of [
    ['OpenSSH_9.2', true],
    ['OpenSSH_7.6', false],
    ['dropbear_2022.83', false],
  ] as const)
    it(`is ${allowed ? 'done' : 'refused'} by ${software} where keys must end by themselves`, async () => {
      await using server = await on(software)
      using sessions = new HostSessions()
      const installing = installKey(sessions, server.login(), {
        key: { ...KEY, requireExpiry: true },
        expiresAt: END,
        share: '',
      })
      const failed = await installing.then(
        () => undefined,
        error => error,
      )
      if (!allowed) {
        expect(failed).to.be.an.instanceof(Refused)
        expect(failed.message).to.include('does not support expiry-time')
      } else expect(failed).to.equal(undefined)
      expect(readdirSync(server.folder)).to.deep.equal(allowed ? ['lines'] : [])
    })

  it('is done on one connection for many, a few at the same time', async () => {
    await using server = await on('OpenSSH_9.2')
    using sessions = new HostSessions()
    const install = () =>
      installKey(sessions, server.login(), { key: KEY, expiresAt: END, share: '' })
    await Promise.all(Array.from({ length: 30 }, install))
    expect(readFileSync(join(server.folder, 'lines'), 'utf8').split('\n').length).to.equal(31)
    expect(server.connections).to.equal(1)
    expect(server.most).to.be.within(2, 6)
  })

  for (const maxSessions of [1, 2])
    it(`waits where a host allows ${maxSessions} at the same time`, async () => {
      await using server = await on('OpenSSH_9.2')
      server.maxSessions = maxSessions
      using sessions = new HostSessions()
      const work = { key: KEY, expiresAt: END, share: '' }
      const install = () => installKey(sessions, server.login(), work)
      await Promise.all(Array.from({ length: 12 }, install))
      expect(readFileSync(join(server.folder, 'lines'), 'utf8').split('\n').length).to.equal(13)
      expect(server.connections).to.equal(1)
      expect(server.most).to.equal(maxSessions)
    })

  it('is refused by a host that allows no session', async () => {
    await using server = await on('OpenSSH_9.2')
    server.maxSessions = 0
    using sessions = new HostSessions()
    const error = await installKey(sessions, server.login(), {
      key: KEY,
      expiresAt: END,
      share: '',
    }).catch(error => error)
    expect(error).to.be.an.instanceof(Refused)
    expect(error.message).to.include('Channel open failure')
    // on another connection, where nothing lingers
    server.maxSessions = 1
    await installKey(sessions, server.login(), { key: KEY, expiresAt: END, share: '' })
    expect(server.connections).to.equal(2)
  })

  it('uses no connection that was made with other trust', async () => {
    await using server = await on('OpenSSH_9.2')
    using sessions = new HostSessions()
    const gone = { key: KEY, unprovable: true }
    await uninstallKey(sessions, server.login(), gone)
    const refused = await uninstallKey(sessions, server.login({ trusted: false }), gone).catch(
      error => error,
    )
    expect(refused).to.be.an.instanceof(Refused)
    expect(refused.message).to.equal('it is not known')
  })

  for (const [why, script, kind, message] of [
    ['fails', '#!/bin/sh\necho "no way" >&2; exit 3\n', Lost, 'the script ended with 3: no way'],
    ['says nothing', '#!/bin/sh\nexit 9\n', Lost, 'the script ended with 9: it says nothing'],
    ['is no script', 'not a program \0', Lost, /^the script ended with \d+: /],
    ['prints more than is wanted', '#!/bin/sh\nhead -c 3000000 /dev/zero; exit 1\n', Lost, /…$|:/],
  ] as const)
    it(`tells of a script that ${why}`, async () => {
      await using server = await on('OpenSSH_9.2')
      using sessions = new HostSessions()
      const error = await uninstallKey(sessions, server.login(), {
        key: { ...KEY, script },
        unprovable: false,
      }).catch(each => each)
      expect(error).to.be.an.instanceof(kind)
      expect(error.message).to.match(
        typeof message === 'string' ? new RegExp(`^${message}$`) : message,
      )
      expect(error.message.length).to.be.below(500)
      expect(readdirSync(server.folder)).to.deep.equal([])
    })
})
