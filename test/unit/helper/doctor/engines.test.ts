import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createPlain, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { CHECKS } from '../../../../helper/doctor/checks.ts'
import { runChecks } from '../../../../helper/doctor/run-checks.ts'
import { certificateAuthority, type Subject } from '../../../support/certificates.ts'
import { DoctorHost } from '../../../support/doctor-host.ts'

/** The checks of the way to the engine, without those that need a whole engine. */
const WAY = CHECKS.slice(
  CHECKS.findIndex(({ name }) => name === 'trust-files'),
  CHECKS.findIndex(({ name }) => name === 'mount'),
)

interface Engine {
  readonly subject?: Partial<Subject>
  /** Seconds that its clock is ahead. */
  readonly ahead?: number
  readonly health?: object
  /** What listens in place of an engine. */
  readonly instead?: Server
}

/** What the checks find first with an engine, and settings besides the address. */
async function firstOf(
  { subject = {}, ahead = 0, health = {}, instead }: Engine,
  settings: (host: DoctorHost) => string = () => '',
) {
  using host = new DoctorHost()
  const authority = certificateAuthority(join(host.root, 'ca'))
  const files = authority.issue({ addresses: ['127.0.0.1'], ...subject })
  const [key, cert] = [readFileSync(files.keyFile), readFileSync(files.certFile)]
  const server =
    instead ??
    createServer({ key, cert }, (_, response) => {
      const time = Math.floor(Date.now() / 1000) + ahead
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ server_time_utc: time, sealed: false, ...health }))
    })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  host.write(
    '/etc/postern/helper.toml',
    `vault_addr = "https://127.0.0.1:${port}"\nca_cert = "${authority.caFile}"\nallowed_roles = "*"\ndeadline = "1s"\n${settings(host)}`,
  )
  try {
    const context = host.context()
    const results = await runChecks(WAY, context)
    const first = results.find(({ status }) => status === 'failure' || status === 'warning')
    return first && 'cause' in first
      ? { first: `${first.name}/${first.cause}`, ...first, measures: context.measures }
      : { first: 'nothing', mend: '', measures: context.measures }
  } finally {
    server.close()
    if ('closeAllConnections' in server)
      (server as { closeAllConnections(): void }).closeAllConnections()
  }
}

describe('The way to the engine', () => {
  it('is clean with an engine that is trusted', async () => {
    const { first, measures } = await firstOf({})
    expect(first).to.equal('nothing')
    expect(Math.abs(measures.get('clock_skew_seconds') ?? 99)).to.be.lessThan(10)
    expect(measures.get('engine_certificate_expiry_timestamp_seconds')).to.be.greaterThan(
      Date.now() / 1000,
    )
  })

  it('ends at a port at which nothing listens', async () => {
    using host = new DoctorHost()
    const [first] = (await runChecks(WAY, host.context())).filter(
      ({ status }) => status === 'failure',
    )
    expect(first).to.include({ name: 'firewall', cause: 'refused' })
  })

  it('names the rule of iptables of this host', async () => {
    using host = new DoctorHost()
    host.prints(
      'iptables -S OUTPUT',
      '-P OUTPUT ACCEPT\n-A OUTPUT -p tcp -m tcp --dport 80 -j DROP\n-A OUTPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with icmp-port-unreachable\n',
    )
    const [first] = (await runChecks(WAY, host.context())).filter(
      ({ status }) => status === 'failure',
    )
    expect(first).to.include({
      ...{ name: 'firewall', cause: 'own-rule' },
      mend: 'iptables -D OUTPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with icmp-port-unreachable',
    })
  })

  it('ends at what does not speak TLS', async () => {
    const instead = createPlain(socket => socket.end('SSH-2.0-OpenSSH_10.0\r\n'))
    expect((await firstOf({ instead })).first).to.equal('tls/not-tls')
  })

  it('names a clock before the certificate that seems invalid for its sake', async () => {
    expect((await firstOf({ ahead: 600 })).first).to.equal('clock/off')
    expect((await firstOf({ ahead: -45 })).first).to.equal('clock/drifts')
    // by the clock of the engine the certificate is fine
    const early = await firstOf({ ahead: 3 * 86_400, subject: { startsIn: 1 } })
    expect(early.first).to.equal('clock/off')
  })

  it('names another CA', async () => {
    const other = (host: DoctorHost) => certificateAuthority(join(host.root, 'other')).caFile
    const found = await firstOf({}, host => {
      const file = other(host)
      host.copy(file, '/ca/ca.pem')
      return ''
    })
    expect(found.first).to.equal('authority/untrusted')
    expect(found.mend).to.match(/^postern-helper setup -engine=https:\/\/127\.0\.0\.1:\d+ -ca-fing/)
  })

  it('names a certificate for another name, and a name that it has', async () => {
    const { first, mend } = await firstOf({ subject: { addresses: [], names: ['engine.test'] } })
    expect(first).to.equal('server-name/mismatch')
    expect(mend).to.match(/tls_server_name = "engine\.test"/)
  })

  it('names another pin', async () => {
    const { first, mend } = await firstOf({}, () => `pin_sha256 = "${'A'.repeat(43)}="\n`)
    expect(first).to.equal('pins/mismatch')
    expect(mend).to.match(/pin_sha256 = "[\w+/]{43}="/)
  })

  it('names a certificate that has expired, or soon will', async () => {
    expect((await firstOf({ subject: { days: -1 } })).first).to.equal('certificate/expired')
    expect((await firstOf({ subject: { days: 3 } })).first).to.equal('certificate/ending')
  })

  it('names a sealed engine, and one that was never initialized', async () => {
    expect((await firstOf({ health: { sealed: true } })).first).to.equal('sealed/sealed')
    expect((await firstOf({ health: { sealed: true, initialized: false } })).first).to.equal(
      'sealed/uninitialized',
    )
  })

  it('is not fooled by an answer of another form', async () => {
    for (const health of [{ server_time_utc: 'x', sealed: 5 }, { server_time_utc: null }])
      expect((await firstOf({ health })).first).to.equal('nothing')
  })
})
