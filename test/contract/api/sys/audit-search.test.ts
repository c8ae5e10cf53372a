import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure } from '../reply.ts'

const RULES = 'path "sys/audit-search/file" { capabilities = ["read", "update", "sudo"] }'

describe('sys/audit-search', () => {
  const { ssh, put, get, ask, mount } = api()
  const folder = mkdtempSync(join(tmpdir(), 'postern-audit-search-'))
  const file = join(folder, 'audit.log')
  let auditor = ''
  let user = ''
  after(() => rmSync(folder, { recursive: true }))

  const token = async (policies: string) =>
    (await put('auth/token/create', { policies, display_name: policies })).body.auth.client_token
  const search = async (query: object, who = auditor) => {
    const { status, body, text } = await put('sys/audit-search/file', query, who)
    expect(status, text).to.equal(200)
    return body.data
  }
  const paths = async (query: object) =>
    (await search(query)).entries.map((each: { path: string }) => each.path)

  before(async () => {
    await put('sys/policies/acl/auditor', { policy: RULES })
    await put('sys/policies/acl/web', {
      policy: `path "${mount}/creds/web" { capabilities = ["update"] }`,
    })
    await ssh('roles/web', { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' })
    await put('sys/audit/file', { type: 'file', options: { file_path: file } })
    ;[auditor, user] = [await token('auditor'), await token('web')]
    for (const ip of ['10.0.0.5', '10.0.0.6', '11.0.0.1']) await ssh('creds/web', { ip }, user)
    await ssh('creds/other', { ip: '10.0.0.5' }, user)
  })

  ours('finds responses, the newest first, and says where', async () => {
    const data = await search({ path: `${mount}/creds/` })
    expect(data).to.deep.include({ device: 'file/', file })
    expect(data.process).to.deep.equal({ node: hostname(), pid: process.pid })
    expect(data).to.not.have.property('next')
    expect(data.entries.map(({ outcome }: { outcome: string }) => outcome)).to.deep.equal([
      ...['denied', 'invalid', 'ok', 'ok'],
    ])
    const [, , last] = data.entries
    expect(last).to.deep.include({
      ...{ type: 'response', operation: 'update', by: 'token-web', client: '127.0.0.1' },
      ...{ path: `${mount}/creds/web`, role: 'web', user: 'ubuntu', address: '10.0.0.6' },
    })
    expect(last.lease).to.match(new RegExp(`^${mount}/creds/web/`))
    expect(data.entries[0]).to.not.have.property('user')
  })

  ours('finds by every condition, also with GET', async () => {
    const creds = `${mount}/creds/web`
    for (const [query, count] of [
      [{ path: creds, outcome: 'failed' }, 1],
      [{ path: creds, outcome: 'ok', address: '10.0.0.5' }, 1],
      [{ by: 'token-web' }, 4],
      [{ by: 'token-web', user: 'ubuntu' }, 2],
      [{ by: 'token-web', since: '1h' }, 4],
      [{ by: 'token-web', until: '2020-01-01T00:00:00Z' }, 0],
      [{ by: 'token-web', since: '2999-01-01T00:00:00Z' }, 0],
      [{ by: 'token-web', operation: 'read' }, 0],
      [{ by: 'token-web', client: '192.0.2.1' }, 0],
      [{ path: creds, all: true }, 6],
    ] as const)
      expect(await paths(query), JSON.stringify(query)).to.have.length(count)
    const { body } = await get(`sys/audit-search/file?by=token-web&limit=2`, auditor)
    expect(body.data.entries).to.have.length(2)
    const [{ request }] = body.data.entries
    expect((await search({ request })).entries).to.deep.equal(body.data.entries.slice(0, 1))
  })

  ours('finds what the log has hashed by its value, and not the searches for it', async () => {
    // four uses, and the reply that it was created with
    for (let times = 0; times < 2; times++)
      expect((await paths({ value: user })).at(-1)).to.equal('auth/token/create')
    expect(await paths({ value: user })).to.have.length(5)
    expect(await paths({ value: 'hvs.nobody' })).to.deep.equal([])
    expect(await paths({ text: '"display_name":"token-web"' })).to.deep.equal([])
    expect(await paths({ text: 'token-web' })).to.have.length(4)
    // who has searched is found, too
    expect(await paths({ value: user, path: 'sys/audit-search/' })).to.have.length(3)
    expect(readFileSync(file, 'utf8')).to.not.include(user)
  })

  ours('goes on from one page to the next', async () => {
    const query = { path: `${mount}/creds/`, limit: 3 }
    const first = await search(query)
    expect(first.entries).to.have.length(3)
    const second = await search({ ...query, after: first.next })
    expect(second.entries).to.have.length(1)
    expect(second).to.not.have.property('next')
    const all = [...first.entries, ...second.entries].map(({ request }) => request)
    expect(new Set(all).size).to.equal(4)
  })

  ours('says up to which line the log is as it was written', async () => {
    const { chain, searched } = await search({})
    expect(chain.state).to.equal('verified')
    expect(chain.lines).to.be.greaterThan(10)
    expect(chain.bytes).to.equal(chain.of_bytes)
    expect(chain.time).to.match(/^\d{4}-\d\d-\d\dT/)
    expect(searched.unchained).to.equal(0)
  })

  for (const [query, message] of [
    [{ limit: 0 }, 'limit must be from 1 to 1000'],
    [{ since: 'yesterday' }, '"yesterday" is neither a time nor a duration'],
    [{ after: '../../etc/passwd' }, 'after is not the "next" of a reply'],
    [{ after: '1-2-3' }, 'the log has been moved away since: begin again without after'],
  ] as const)
    ours(`refuses ${JSON.stringify(query)}`, async () =>
      expectFailure(await put('sys/audit-search/file', query, auditor), 400, message),
    )

  ours('takes no secret in an address, and needs sudo', async () => {
    for (const query of ['value=x', 'text=x'])
      expectFailure(
        await get(`sys/audit-search/file?${query}`, auditor),
        400,
        'send value and text in the body of a POST',
      )
    await put('sys/policies/acl/half', {
      policy: RULES.replace(', "sudo"', ''),
    })
    expect((await put('sys/audit-search/file', {}, await token('half'))).status).to.equal(403)
    expect((await ask('GET', 'sys/audit-search/file', { token: '' })).status).to.equal(403)
  })

  ours('names a device that has no file, or is not there', async () => {
    const root = (path: string) => put(`sys/audit-search/${path}`, {})
    expectFailure(await root('nosuch'), 400, 'unknown audit backend "nosuch/"')
    expectEmpty(await put('sys/audit/void', { type: 'file', options: { file_path: 'discard' } }))
    expectFailure(await root('void'), 400, 'audit device "void/" does not write to a file')
    expectEmpty(await ask('DELETE', 'sys/audit/void'))
  })

  ours('is not led astray by what others write to the file, and says so', async () => {
    const line = '{"time":"2026-01-31T08:00:00.000Z","type":"response","request":{"path":"evil"}}'
    appendFileSync(file, `${line}\n\0\u001b[2J{"time":"\n{"a":${'['.repeat(9999)}\n\n\n`)
    const { entries, searched, chain } = await search({ path: 'evil' })
    expect(entries).to.deep.equal([])
    expect(searched.unchained).to.equal(1)
    expect(chain.state).to.equal('broken')
    expect(chain.problem).to.match(/^line \d+: (inserted|not a line of this log)/)
    expect((await search({ by: 'token-web' })).entries).to.have.length(4)
  })

  ours('searches the new file when the log is rotated', async () => {
    const { next } = await search({ limit: 1 })
    renameSync(file, `${file}.1`)
    await new Promise(resolve => setTimeout(resolve, 300))
    await get('sys/mounts')
    const { entries, chain } = await search({})
    expect(entries.map(({ path }: { path: string }) => path)).to.include('sys/mounts')
    expect(chain.state).to.equal('verified')
    expectFailure(
      await put('sys/audit-search/file', { after: next }, auditor),
      400,
      'the log has been moved away since: begin again without after',
    )
  })
})
