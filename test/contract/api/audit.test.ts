import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { rawLines } from '../../../engine/audit/raw-lines.ts'
import { Verifier } from '../../../engine/audit/verify.ts'
import { sealable } from '../../support/sealable.ts'

describe('sys/audit', () => {
  let server: Awaited<ReturnType<typeof sealable>>
  let log: string
  beforeEach(async () => {
    server = await sealable({ sealKeys: [randomBytes(32)] })
    await server.init({})
    log = join(server.folder, 'audit.log')
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const enable = (path = 'file', options: object = { file_path: log }) =>
    server.put(`sys/audit/${path}`, { type: 'file', description: 'all', options, local: true })

  const paths = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
      .filter(({ type }) => type === 'response')
      .map(({ request }) => request.path)

  it('enables a device, shows it twice in the answer, and disables it', async () => {
    const none = await server.get('sys/audit')
    expect([none.status, none.body.data]).to.deep.equal([200, {}])
    expect(await enable()).to.deep.equal({ status: 204, body: undefined })
    const device = {
      type: 'file',
      description: 'all',
      options: { file_path: log },
      local: true,
      path: 'file/',
    }
    const { body } = await server.get('sys/audit')
    expect([body.data, body['file/']]).to.deep.equal([{ 'file/': device }, device])
    for (const _ of [1, 2])
      expect(await server.ask('DELETE', 'sys/audit/file')).to.deep.equal({
        status: 204,
        body: undefined,
      })
    expect((await server.get('sys/audit')).body.data).to.deep.equal({})
    expect(paths()).to.deep.equal(['sys/audit/file', 'sys/audit'])
  })

  it('takes options in the forms that clients send', async () => {
    expect((await enable('one', { path: log, log_raw: true, mode: '0640' })).status).to.equal(204)
    const { options } = (await server.get('sys/audit')).body.data['one/']
    expect(options).to.deep.equal({ path: log, log_raw: 'true', mode: '0640' })
  })

  for (const [why, body, error] of [
    ['has no type', {}, 'unknown backend type: ""'],
    ['is of another type', { type: 'carrier' }, 'unknown backend type: "carrier"'],
    ['names no file', { type: 'file' }, 'file_path is required'],
    [
      'names a file that cannot be',
      { type: 'file', options: { file_path: '/no/such/folder/x' } },
      'sanity check failed; unable to open "/no/such/folder/x" for writing: no such file or directory',
    ],
  ] as const)
    it(`refuses a device that ${why}`, async () => {
      expect(await server.put('sys/audit/x', body)).to.deep.equal({
        status: 400,
        body: { errors: [error] },
      })
      expect((await server.get('sys/audit')).body.data).to.deep.equal({})
    })

  it('has one device at a path, and none below another', async () => {
    await enable()
    for (const path of ['file', 'file/more'])
      expect(await enable(path)).to.deep.equal({
        status: 400,
        body: { errors: ['path already in use'] },
      })
  })

  it('needs sudo', async () => {
    const policy = 'path "sys/audit*" { capabilities = ["read", "update", "delete"] }'
    await server.put('sys/policies/acl/audit', { policy })
    const { body } = await server.put('auth/token/create', { policies: ['audit'] })
    server.use(body.auth.client_token)
    expect((await enable()).status).to.equal(403)
    expect((await server.get('sys/audit')).status).to.equal(403)
    expect((await server.ask('DELETE', 'sys/audit/file')).status).to.equal(403)
    expect((await server.get('sys/audit-key')).status).to.equal(200)
  })

  it('hashes for whom a device is known, and says so of others', async () => {
    await enable()
    const { body } = await server.put('sys/audit-hash/file', { input: 'x' })
    expect(body.data.hash).to.match(/^hmac-sha256:[0-9a-f]{64}$/)
    expect(body.hash).to.equal(body.data.hash)
    expect(await server.put('sys/audit-hash/none', { input: 'x' })).to.deep.equal({
      status: 400,
      body: { errors: ['unknown audit backend "none/"'] },
    })
  })

  it('goes on after a restart with the same salt, and one chain', async () => {
    await enable()
    const hash = async () => (await server.put('sys/audit-hash/file', { input: 'x' })).body.hash
    const before = await hash()
    await server.restart()
    expect(await hash()).to.equal(before)
    const key = (await server.get('sys/audit-key')).body.data.public_key
    const head = (await server.get('sys/audit-head/file')).body.data
    await server.restart()
    const verifier = new Verifier(key, head.hash)
    for await (const line of rawLines(log)) verifier.take(line)
    verifier.end()
    const { problems, notes, runs } = verifier
    expect(problems).to.deep.equal([])
    // the one that enabling has tried it out with, and three of the server, the last of which goes on
    expect([runs, notes.length]).to.deep.equal([4, 1])
    expect(paths()).to.include.members(['sys/audit-hash/file', 'sys/audit-key'])
  })

  it('writes down that the server is sealed, and ends its run', async () => {
    await enable()
    expect((await server.put('sys/seal')).status).to.equal(204)
    const last = JSON.parse(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '')
    expect(last.head.reason).to.equal('closed')
    expect(paths().at(-1)).to.equal('sys/seal')
  })
})
