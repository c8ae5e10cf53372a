import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openStore } from '../../../engine/open-store.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Secret } from '../../../shared/secret.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import { Postgres } from '../../support/postgres.ts'

describe('A connection to PostgreSQL with TLS', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'postern-postgres-tls-'))
  const [authority, other] = ['ours', 'other'].map(name => certificateAuthority(join(folder, name)))
  let postgres: Postgres

  before(async () => {
    postgres = await Postgres.start(authority?.issue({ addresses: ['127.0.0.1'] }))
  })
  after(async () => {
    await postgres?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const open = (url: string) =>
    openStore({ type: 'postgresql', url: new Secret(url), connections: 2, schema: 'public' })

  for (const mode of ['verify-full', 'require'])
    it(`is encrypted to a server whose certificate is trusted, with ${mode}`, async () => {
      const settings = `?sslmode=${mode}&sslrootcert=${authority?.caFile}`
      await using store = await open(postgres.url('postgres', settings))
      await store.commit({ reads: new Map(), writes: new Map([['a', Buffer.from('1')]]) })
      const connections = await postgres.ask(
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'postern'",
      )
      expect(connections).to.deep.include({ ssl: true })
    })

  for (const [what, settings, problem] of [
    [
      'a certificate of another authority',
      `?sslmode=verify-full&sslrootcert=${other?.caFile}`,
      /^cannot use the database: .*certificate/,
    ],
    ['an unknown authority', '?sslmode=require', /^cannot use the database: .*certificate/],
    [
      'a file that is not there',
      '?sslmode=verify-full&sslrootcert=/none/ca.pem',
      /^cannot use the database: ENOENT: .*\/none\/ca.pem/,
    ],
  ] as const)
    it(`is refused with ${what}`, async () => {
      const error = await open(postgres.url('postgres', settings)).catch(reason => reason)
      expect(error).to.be.instanceOf(Invalid)
      expect(error.message).to.match(problem)
    })

  it('is made to the one of several hosts that has the name of its certificate', async () => {
    const url = postgres.url('postgres', `?sslmode=verify-full&sslrootcert=${authority?.caFile}`)
    const several = (...hosts: readonly string[]) =>
      open(url.replace(/127\.0\.0\.1:\d+/, `${hosts.map(host => `${host}:${postgres.port}`)}`))
    await using store = await several('localhost', '127.0.0.1')
    await store.commit({ reads: new Map(), writes: new Map([['b', Buffer.from('1')]]) })
    const error = await several('localhost', '127.0.0.2').catch(reason => reason)
    expect(error.message).to.match(/localhost:\d+: .*altnames.*; 127\.0\.0\.2:/s)
  })

  it('is refused under another name than that of the certificate', async () => {
    const url = postgres.url('postgres', `?sslmode=verify-full&sslrootcert=${authority?.caFile}`)
    const error = await open(url.replace('127.0.0.1', 'localhost')).catch(reason => reason)
    expect(error.message).to.match(/^cannot use the database: .*altnames/)
  })
})
