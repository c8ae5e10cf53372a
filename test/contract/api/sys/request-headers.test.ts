import { expect } from 'chai'
import { auditFile } from '../../../support/audit-file.ts'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure, listed } from '../reply.ts'

const AT = 'sys/config/auditing/request-headers'
const NOT_THERE = 'Could not find header in config'

describe('sys/config/auditing/request-headers', () => {
  const { ask, put, get, delete: remove } = api()

  const all = async () => (await get(AT)).body.data.headers

  afterEach(async () => {
    for (const name of Object.keys(await all())) await remove(`${AT}/${name}`)
  })

  it('has names in lower case, and whether values are hashed', async () => {
    expect(await all()).to.deep.equal({})
    expectEmpty(await put(`${AT}/X-Request-Source`, { hmac: true }))
    expectEmpty(await put(`${AT}/user-agent`))
    expectEmpty(await put(`${AT}/A`, { hmac: 'false' }))
    const { body } = await get(AT)
    const headers = {
      ...{ a: { hmac: false }, 'user-agent': { hmac: false } },
      'x-request-source': { hmac: true },
    }
    expect(body.data).to.deep.equal({ headers })
    // old clients look at the top
    expect(body.headers).to.deep.equal(headers)
    expect((await get(`${AT}/x-REQUEST-source`)).body.data).to.deep.equal({
      'x-REQUEST-source': { hmac: true },
    })
  })

  it('changes and forgets what is there', async () => {
    await put(`${AT}/x-a`, { hmac: true })
    expectEmpty(await put(`${AT}/X-A`, {}))
    expect(await all()).to.deep.equal({ 'x-a': { hmac: false } })
    expectEmpty(await remove(`${AT}/X-A`))
    expectFailure(await get(`${AT}/x-a`), 400, NOT_THERE)
    expectEmpty(await remove(`${AT}/x-a`))
    expect(await all()).to.deep.equal({})
  })

  it('takes what JavaScript has a use for as the name that it is', async () => {
    for (const name of ['constructor', '__proto__']) {
      expectFailure(await get(`${AT}/${name}`), 400, NOT_THERE)
      expectEmpty(await put(`${AT}/${name}`, { hmac: true }))
      expect((await get(`${AT}/${name}`)).status).to.equal(200)
      expectEmpty(await remove(`${AT}/${name}`))
    }
  })

  it('does nothing else, and needs sudo', async () => {
    expectFailure(await put(AT, {}), 405, listed('unsupported operation'))
    expect((await ask('LIST', AT)).status).to.equal(404)
    const policy = 'path "sys/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
    await put('sys/policies/acl/headers', { policy })
    const { auth } = (await put('auth/token/create', { policies: ['headers'] })).body
    for (const answer of [
      await get(AT, auth.client_token),
      await get(`${AT}/a`, auth.client_token),
      await put(`${AT}/a`, {}, auth.client_token),
    ])
      expectFailure(answer, 403, listed('permission denied'))
    await remove('sys/policies/acl/headers')
  })

  ours('takes no header that cannot be, and shows none that lets somebody in', async () => {
    const name = 'no header can have the name "a b"'
    expectFailure(await put(`${AT}/a%20b`, {}), 400, name)
    for (const secret of ['X-Vault-Token', 'Authorization', 'Cookie', 'Proxy-Authorization'])
      expectFailure(
        await put(`${AT}/${secret}`, {}),
        400,
        `values of "${secret.toLowerCase()}" are secrets: set hmac=true`,
      )
    expectEmpty(await put(`${AT}/X-Vault-Token`, { hmac: true }))
  })

  ours('has the lines of a request and its answer show them', async () => {
    using log = auditFile()
    await put('sys/audit/headers', { type: 'file', options: { file_path: log.file } })
    await put(`${AT}/X-Plain`, {})
    await put(`${AT}/x-hashed`, { hmac: true })
    await put(`${AT}/x-vault-token`, { hmac: true })
    await put(`${AT}/x-absent`, {})
    const headers = {
      ...{ 'X-PLAIN': ['one', '2026-01-01T00:00:00Z'], 'X-Hashed': 'secret' },
      ...{ 'x-other': 'never', 'X-Vault-Token': 'root' },
    }
    await ask('GET', 'auth/token/lookup-self', { headers, token: '' })
    await ask('GET', 'auth/token/lookup-self', { headers: { 'x-plain': 'see hvs.abcdef' } })
    const hash = async (input: string) =>
      (await put('sys/audit-hash/headers', { input })).body.data.hash as string
    const shown = log
      .entries()
      .filter(({ request }) => request.path === 'auth/token/lookup-self')
      .map(({ type, request }) => [type, request.headers])
    const first = {
      'x-hashed': [await hash('secret')],
      'x-plain': ['one', '2026-01-01T00:00:00Z'],
      'x-vault-token': [await hash('root')],
    }
    const second = {
      'x-plain': [`see ${await hash('hvs.abcdef')}`],
      'x-vault-token': [await hash('root')],
    }
    expect(shown).to.deep.equal([
      ['request', first],
      ['response', first],
      ['request', second],
      ['response', second],
    ])
    await remove(`${AT}/x-plain`)
    await remove(`${AT}/x-vault-token`)
    await ask('GET', 'auth/token/lookup-self', { headers: { 'x-plain': 'gone' } })
    expect(log.entries().at(-1).request).to.not.have.property('headers')
    await remove('sys/audit/headers')
  })
})
