import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, ours } from '../api.ts'
import { expectFailure } from '../reply.ts'

const ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  default_user: 'ubuntu',
  allowed_users: '*',
  allow_user_key_ids: true,
  ttl: '1h',
}

describe('signed certificates', () => {
  const { ssh, ask, get, list, mount } = api()
  const keygen = new Keygen()
  const serials = { ann: '', bob: '' }
  after(() => keygen[Symbol.dispose]())

  before(async () => {
    await ssh('config/ca', { key_type: 'ed25519' })
    for (const role of ['web', 'db']) await ssh(`roles/${role}`, ROLE)
    const sign = async (role: string, name: string) => {
      const { line } = keygen.key('-t', 'ed25519')
      const wanted = { public_key: line, key_id: `Key-of-${name}`, valid_principals: name }
      const { serial_number: serial } = (await ssh(`sign/${role}`, wanted)).body.data
      // as lists have it; a reply has no zeros in front
      return String(serial).padStart(16, '0')
    }
    serials.ann = await sign('web', 'ann')
    serials.bob = await sign('db', 'bob')
  })

  const found = async (query: string) => {
    const { status, body } = await list(`${mount}/certs?${query}`)
    return status === 404 ? [] : body.data.keys
  }

  ours('are found by a part of any of their names, and by their state', async () => {
    const { ann, bob } = serials
    expect(await found('search=KEY-OF')).to.have.members([ann, bob])
    for (const query of [
      ...['search=of-ann', 'search=Ann', 'search=web', `search=${ann.slice(3, 15).toUpperCase()}`],
      ...['state=valid&principal=ann', 'search=ann&role=web', 'search=key&principal=ann'],
    ])
      expect(await found(query), query).to.deep.equal([ann])
    for (const query of ['search=cat', 'state=expired', 'state=revoked', 'search=ann&role=db'])
      expect(await found(query), query).to.deep.equal([])
    expect((await list(`${mount}/certs?state=odd`)).status).to.equal(400)
  })

  ours('are told before they are revoked, and stay valid until then', async () => {
    const { ann, bob } = serials
    const preview = async (by: object) => (await ssh('revoke/preview', by)).body.data
    const all = await preview({ issuer_ref: 'default' })
    expect(all).to.deep.include({ certificates: 2, later: true, principals: ['ann', 'bob'] })
    const told = await preview({ role: 'web' })
    expect(told).to.deep.include({ certificates: 1, keys: [ann], roles: ['web'], later: false })
    expect(told.key_info[ann]).to.deep.include({ state: 'valid', key_id: 'Key-of-ann' })
    expect(told.last_expiry).to.equal((await get(`${mount}/certs/${ann}`)).body.data.valid_before)
    expect(await preview({ key_id: 'Key-of-bob' })).to.deep.include({ keys: [bob], later: true })
    expect(await found('state=valid')).to.have.length(2)

    await ssh('revoke', { serial_number: ann })
    const none = { certificates: 0, last_expiry: null, keys: [], key_info: {}, roles: [] }
    expect(await preview({ serial_number: ann })).to.deep.equal({
      ...{ ...none, principals: [], later: false },
    })
    expect(await preview({ issuer_ref: 'default' })).to.deep.include({ keys: [bob] })
    expect(await found('state=revoked')).to.deep.equal([ann])
  })

  ours('of a revoked issuer would not be stopped once more', async () => {
    await ssh('issuer/default', { state: 'revoked' })
    const { data } = (await ssh('revoke/preview', { role: 'db' })).body
    expect(data.certificates).to.equal(0)
  })

  const ONE = 'name exactly one of serial_number, key_id, fingerprint, role, entity_id, issuer_ref'
  for (const [by, message] of [
    [{}, ONE],
    [{ role: 'web', key_id: 'x' }, ONE],
    [{ serial_number: 'nope' }, 'no certificate has the serial number "nope"'],
    [{ key_id: 'a\nb' }, 'no certificate has such a key id'],
  ] as const)
    ours(`are not told by ${JSON.stringify(by)}, with the words of revoke`, async () => {
      for (const path of ['revoke/preview', 'revoke'])
        expectFailure(await ssh(path, by), 400, message)
    })

  ours('are told only to who may ask', async () => {
    const body = { role: 'web' }
    const refused = await ask('PUT', `${mount}/revoke/preview`, { body, token: '' })
    expect(refused.status).to.equal(403)
  })
})
