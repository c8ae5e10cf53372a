import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed, UUID } from '../reply.ts'

const NEW = { key_type: 'ed25519' }
const KNOWN = 'An issuer with the provided public key already exists, returning the existing issuer'

describe('issuers', () => {
  const { ssh, get, list, delete: remove, mount } = api()
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())
  afterEach(() => remove(`${mount}/config/ca`))

  const imported = async (path: string, more: object = NEW) =>
    (await ssh(`issuers/import/${path}`, more)).body.data
  const usual = async () => (await get(`${mount}/config/issuers`)).body.data.default

  /** What Postern says besides. */
  const besides = (is_default: boolean, state: string) => differs({ is_default, state }, {})

  it('are made under a name, and the first signs', async () => {
    const answer = await ssh('issuers/import/one', NEW)
    const { issuer_id, public_key } = answer.body.data
    expect(issuer_id).to.match(UUID)
    expectReply(answer, { data: { issuer_id, issuer_name: 'one', public_key } })
    expect(await usual()).to.equal(issuer_id)
    const two = await imported('two')
    expect(await usual()).to.equal(issuer_id)
    const three = await imported('three', { ...NEW, set_default: true })
    expect(await usual()).to.equal(three.issuer_id)
    for (const [ref, id, name, state] of [
      ['one', issuer_id, 'one', 'retiring'],
      [issuer_id, issuer_id, 'one', 'retiring'],
      ['two', two.issuer_id, 'two', 'staged'],
      ['default', three.issuer_id, 'three', 'active'],
    ]) {
      const { public_key } = (await get(`${mount}/issuer/${ref}`)).body.data
      expectReply(await get(`${mount}/issuer/${ref}`), {
        data: {
          issuer_id: id,
          issuer_name: name,
          public_key,
          ...besides(state === 'active', state),
        },
      })
      const raw = await get(`${mount}/issuer/${ref}/public_key`, '')
      expect([raw.status, raw.headers['content-type'], raw.text]).to.deep.equal([
        200,
        'text/plain',
        public_key,
      ])
    }
  })

  it('are listed by their ids', async () => {
    expectFailure(await list(`${mount}/issuers`), 404)
    const one = await imported('one')
    const { issuer_id: id, public_key } = (await ssh('issuers/import', NEW)).body.data
    const info = {
      [one.issuer_id]: {
        ...{ issuer_name: 'one', is_default: true, public_key: one.public_key },
        ...differs({ state: 'active' }, {}),
      },
      [id]: {
        ...{ issuer_name: '', is_default: false, public_key },
        ...differs({ state: 'staged' }, {}),
      },
    }
    expectReply(await list(`${mount}/issuers`), {
      data: { keys: Object.keys(info).sort(), key_info: info },
    })
  })

  it('are taken over as they are, each once', async () => {
    const pair = { private_key: keygen.read(key.file), public_key: key.line }
    const first = await ssh('issuers/import/mine', pair)
    expectReply(first, { data: { ...first.body.data, public_key: key.line, issuer_name: 'mine' } })
    expectReply(await ssh('issuers/import/again', pair), {
      data: first.body.data,
      warnings: [KNOWN],
    })
    expectFailure(await get(`${mount}/issuer/again`), 400, unknown('again'))
  })

  const unknown = (ref: string) => `unable to find issuer for reference: ${ref}`

  it('are renamed', async () => {
    const { issuer_id, public_key } = await imported('one')
    await imported('two')
    const data = { issuer_id, issuer_name: 'uno', public_key, ...besides(true, 'active') }
    expectReply(await ssh('issuer/one', { issuer_name: 'uno' }), { data })
    expectFailure(await get(`${mount}/issuer/one`), 400, unknown('one'))
    expectReply(await ssh('issuer/default', { issuer_name: 'uno' }), { data })
    expectReply(await get(`${mount}/issuer/uno`), { data })
  })

  const NAMES: readonly (readonly [string, string])[] = [
    ['', 'expected non-empty issuer name'],
    ['default', "reserved keyword 'default' can not be used as issuer name"],
    ['a b', 'issuer name contained invalid characters'],
    ['-a', 'issuer name contained invalid characters'],
    ['a@b', 'issuer name contained invalid characters'],
    ['two', 'issuer name already in use'],
  ]
  for (const [name, message] of NAMES)
    it(`cannot be named ${JSON.stringify(name)}`, async () => {
      await imported('one')
      await imported('two')
      expectFailure(await ssh('issuer/one', { issuer_name: name }), 400, message)
      if (name === 'default' || name === 'two')
        expectFailure(await ssh(`issuers/import/${name}`, NEW), 400, message)
    })

  // OpenBao wants it in the path
  ours('can be named in the body', async () => {
    expect(
      (await ssh('issuers/import', { ...NEW, issuer_name: 'x' })).body.data.issuer_name,
    ).to.equal('x')
    expectFailure(
      await ssh('issuers/import', { ...NEW, issuer_name: 'a b' }),
      400,
      'issuer name contained invalid characters',
    )
  })

  for (const name of ['a b', '-a', 'a@b', 'a/b'])
    it(`have no path for ${name}`, async () => {
      const path = `issuers/import/${encodeURIComponent(name).replace('%2F', '/')}`
      expectFailure(await ssh(path, NEW), 404, listed('unsupported path'))
    })

  it('can each become the one that signs', async () => {
    const one = await imported('one')
    const two = await imported('two')
    expectReply(await ssh('config/issuers', { default: 'two' }), {
      data: { default: two.issuer_id },
      warnings: [
        `Previous default (${one.issuer_id}) has been updated with the issuer 'two' (resolved to ${two.issuer_id})`,
      ],
    })
    expectReply(await ssh('config/issuers', { default: 'two' }), {
      warnings: ['The default issuer is already set to the specified issuer.'],
    })
    expect(await usual()).to.equal(two.issuer_id)
    await ssh('config/issuers', { default: one.issuer_id })
    expectReply(await get(`${mount}/config/issuers`), { data: { default: one.issuer_id } })
    for (const none of ['', 'default'])
      expectFailure(
        await ssh('config/issuers', { default: none }),
        400,
        "invalid issuer specification; must be non-empty and can't be 'default'.",
      )
    const text = unknown('nope')
    expectFailure(
      await ssh('config/issuers', { default: 'nope' }),
      differs(400, 500),
      differs(text, listed(`error resolving issuer reference: ${text}`)),
    )
    expect(await usual()).to.equal(one.issuer_id)
  })

  it('are not found by other names', async () => {
    await imported('one')
    expectFailure(await get(`${mount}/issuer/nope`), 400, unknown('nope'))
    expectFailure(await get(`${mount}/issuer/nope/public_key`, ''), 400, unknown('nope'))
    expectFailure(await ssh('issuer/nope', { issuer_name: 'x' }), 400, unknown('nope'))
    expectEmpty(await remove(`${mount}/issuer/nope`))
  })

  it('are deleted, with a word where that matters', async () => {
    const one = await imported('one')
    await imported('two')
    expectEmpty(await remove(`${mount}/issuer/two`))
    expectReply(await remove(`${mount}/issuer/one`), {
      warnings: [
        `Deleted issuer ${one.issuer_id} (via issuer_ref one); this was configured as the default issuer. Operations without an explicit issuer will not work until a new default is configured.`,
      ],
    })
    expectFailure(
      await get(`${mount}/config/issuers`),
      400,
      'no default issuer currently configured',
    )
  })

  it('are not for everybody', async () => {
    for (const path of ['issuer/default', 'config/issuers'])
      expectFailure(await get(`${mount}/${path}`, ''), 403, 'permission denied')
    expectFailure(await ssh('issuers/import/x', NEW, ''), 403, 'permission denied')
    expectFailure(await ssh('issuer/x/public_key', {}, ''), 405, 'unsupported operation')
  })
})
