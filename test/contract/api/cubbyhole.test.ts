import { expect } from 'chai'
import { type Answer, api, differs, ours } from './api.ts'
import { expectEmpty, expectFailure, expectReply, listed, UUID } from './reply.ts'

describe('A cubbyhole', () => {
  const { ask, put, get, root } = api()

  /** A new token. */
  async function token(more: object = {}): Promise<string> {
    const { body } = await put('auth/token/create', { policies: ['default'], ...more })
    return body.auth.client_token
  }

  /** A new token, and what it does below `cubbyhole/`. */
  async function hole(more: object = {}) {
    const own = await token(more)
    return {
      own,
      read: (path: string) => get(`cubbyhole/${path}`, own),
      write: (path: string, data: object) => put(`cubbyhole/${path}`, data, own),
      list: (path: string) => ask('LIST', `cubbyhole/${path}`, { token: own }),
      remove: (path: string) => ask('DELETE', `cubbyhole/${path}`, { token: own }),
    }
  }

  it('gives back what was put there, whatever it is, in place of what was there before', async () => {
    const { read, write } = await hole()
    const data = {
      ...{ a: 1, f: 1.5, n: null, t: true, text: 'ü\n"', list: [1, [{ b: '' }], {}] },
      ...{ map: { deep: { er: [null] } }, path: 'not the one of the request' },
      ...{ lease_id: 'x', auth: { client_token: 'y' }, wrap_info: {}, ttl: '1h', '': 'empty' },
    }
    expectEmpty(await write('a', { before: 'x' }))
    expectEmpty(await write('a', data))
    expectReply(await read('a'), { data })
  })

  it('keeps a name that JavaScript has a use for', async () => {
    const { own, read } = await hole()
    const body = '{"__proto__":{"a":1},"constructor":"b"}'
    expectEmpty(await ask('PUT', 'cubbyhole/a', { body, token: own }))
    expect((await read('a')).text).to.include(`"data":${body}`)
  })

  it('is another for every token', async () => {
    const [one, two] = [await hole(), await hole()]
    await one.write('a', { of: 'one' })
    expectFailure(await two.read('a'), 404)
    expectFailure(await two.list(''), 404)
    expectFailure(await get('cubbyhole/a', root), 404)
    await two.write('a', { of: 'two' })
    expectEmpty(await two.remove('a'))
    expectReply(await one.read('a'), { data: { of: 'one' } })
  })

  it('lists one level, with a slash behind what has more below it', async () => {
    const { write, list, read, remove } = await hole()
    for (const path of ['b', 'a', 'a/b/c', 'a/b/d', 'x..y', '%C3%A9', 'sp%20ace%2Fsub'])
      expectEmpty(await write(path, { k: 'v' }))
    const keys = async (path: string) => (await list(path)).body.data.keys
    expect(await keys('')).to.deep.equal(['a', 'a/', 'b', 'sp ace/', 'x..y', 'é'])
    expect(await keys('a')).to.deep.equal(['b/'])
    expect(await keys('a/b/')).to.deep.equal(['c', 'd'])
    expectReply(await list('a/b'), { data: { keys: ['c', 'd'] } })
    expectFailure(await list('b'), 404)
    expectFailure(await read('a/b'), 404)
    expectEmpty(await remove('a'))
    expect(await keys('')).to.deep.equal(['a/', 'b', 'sp ace/', 'x..y', 'é'])
    expectReply(await read('a/b/c'), { data: { k: 'v' } })
  })

  it('has nothing at first', async () => {
    const { read, list, remove } = await hole()
    for (const answer of [await read('none'), await list(''), await list('none')])
      expectFailure(answer, 404)
    expectEmpty(await remove('none'))
  })

  it('tells what did not count of a query', async () => {
    const { write, read } = await hole()
    await write('a', { k: 'v' })
    expectReply(await read('a?foo=1&path=q'), {
      data: { k: 'v' },
      warnings: [
        'Endpoint ignored these unrecognized parameters: [foo]',
        "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [path]",
      ],
    })
  })

  it('takes nothing without data, or without a path', async () => {
    const { write } = await hole()
    // OpenBao calls it a fault of its own
    const refused = (answer: Answer, text: string) =>
      expectFailure(answer, differs(400, 500), differs(text, listed(text)))
    refused(await write('a', {}), 'missing data fields')
    refused(await ask('PUT', 'cubbyhole/a'), 'missing data fields')
    refused(await put('cubbyhole', { k: 'v' }), 'missing path')
    refused(await get('cubbyhole'), 'missing path')
    const toFolder = "cannot write to a path ending in '/'"
    expectFailure(await write('', { k: 'v' }), 400, toFolder)
    expectFailure(await write('a/', { k: 'v' }), 400, toFolder)
    const headers = { 'content-type': 'application/merge-patch+json' }
    expectFailure(
      await ask('PATCH', 'cubbyhole/a', { body: { a: 1 }, headers }),
      405,
      listed('unsupported operation'),
    )
  })

  ours('takes nothing that is too large, or that would not come back as it was', async () => {
    const { own, write, read } = await hole()
    const fits = { v: 'x'.repeat(1024 * 1024 - '{"v":""}'.length) }
    expectEmpty(await write('a', fits))
    expectReply(await read('a'), { data: fits })
    expectFailure(
      await write('a', { v: `${fits.v}x` }),
      413,
      'data has 1048577 bytes, more than the 1048576 that fit',
    )
    expectFailure(
      await ask('PUT', 'cubbyhole/a', { body: '{"o":{"l":[0,12345678901234567890]}}', token: own }),
      400,
      'the number at "o.l.1" is too large to be stored exactly: send it as a string',
    )
    expectEmpty(await write('p'.repeat(1024), { k: 'v' }))
    expectFailure(await write('p'.repeat(1025), { k: 'v' }), 400, 'path is longer than 1024 bytes')
  })

  it('ends with its token, also when that has been used up', async () => {
    const { own, write, read } = await hole({ num_uses: 3 })
    expectEmpty(await write('a', { k: 'v' }))
    expectReply(await read('a'), { data: { k: 'v' } })
    // the last use may write, although nobody will read it
    expectEmpty(await write('b', { k: 'v' }))
    expectFailure(await read('a'), 403, 'permission denied')
    expectFailure(await put('auth/token/lookup', { token: own }), 403, 'bad token')
  })

  it('needs a token, and a policy', async () => {
    expectFailure(await get('cubbyhole/a', ''), 403, 'permission denied')
    expectFailure(await get('cubbyhole/a', 'hvs.nope'), 403, 'permission denied')
    await put('sys/policies/acl/cubbyhole-reader', {
      policy: 'path "cubbyhole/*" { capabilities = ["read", "create"] }',
    })
    const { write, read, remove } = await hole({
      ...{ policies: ['cubbyhole-reader'], no_default_policy: true },
    })
    const denied = listed('permission denied')
    expectEmpty(await write('a', { k: 'v' }))
    expectFailure(await write('a', { k: 'w' }), 403, denied)
    expectFailure(await remove('a'), 403, denied)
    expectReply(await read('a'), { data: { k: 'v' } })
    await ask('DELETE', 'sys/policies/acl/cubbyhole-reader')
  })

  it('is always there, and nowhere else', async () => {
    const { data } = (await get('sys/mounts')).body
    const { accessor, uuid, running_plugin_version, ...mount } = data['cubbyhole/']
    expect(accessor).to.match(/^cubbyhole_[\da-f]{8}$/)
    expect(uuid).to.match(UUID)
    expect(running_plugin_version).to.match(/^v\d/)
    expect(mount).to.deep.equal({
      ...{ type: 'cubbyhole', description: 'per-token private secret storage', local: true },
      ...{ seal_wrap: false, external_entropy_access: false, options: null, plugin_version: '' },
      running_sha256: '',
      ...differs({ deprecation_status: 'supported' }, {}),
      config: { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false },
    })
    for (const [answer, message] of [
      [await ask('DELETE', 'sys/mounts/cubbyhole'), 'cannot unmount "cubbyhole/"'],
      [
        await put('sys/remount', { from: 'cubbyhole', to: 'elsewhere' }),
        'cannot remount "cubbyhole/"',
      ],
      [
        await put('sys/mounts/elsewhere', { type: 'cubbyhole' }),
        'mount type of "cubbyhole" is not mountable',
      ],
      [
        await put('sys/mounts/cubbyhole/tune', { description: 'x' }),
        'cannot tune parameter description of cubbyhole/',
      ],
    ] as const)
      expectFailure(answer, 400, message)
  })

  it('has a wrapped reply, for clients that fetch it as they did once', async () => {
    const headers = { 'x-vault-wrap-ttl': '60' }
    const wrapped = async () =>
      (await ask('PUT', 'sys/wrapping/wrap', { body: { a: 1 }, headers })).body.wrap_info.token
    const first = await wrapped()
    const { status, body } = await get('cubbyhole/response', first)
    expect(status).to.equal(200)
    expect(JSON.parse(body.data.response).data).to.deep.equal({ a: 1 })
    expect(body.warnings).to.deep.equal([
      "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as it provides additional security checks and other benefits.",
    ])
    // that was its one use
    const gone = 'wrapping token is not valid or does not exist'
    expectFailure(await put('sys/wrapping/unwrap', {}, first), 400, gone)
    expectFailure(await get('cubbyhole/response', first), 403, 'permission denied')
    const second = await wrapped()
    const denied = listed('permission denied')
    expectFailure(await put('cubbyhole/other', { a: 1 }, second), 403, denied)
    const third = await wrapped()
    expectFailure(await ask('LIST', 'cubbyhole', { token: third }), 403, denied)
  })

  it('cannot be made to pass for a wrapped reply', async () => {
    const { own, write, read } = await hole()
    const response = JSON.stringify({ data: { forged: true } })
    await write('response', { response })
    for (const path of ['unwrap', 'lookup'])
      expectFailure(
        await put(`sys/wrapping/${path}`, { token: own }),
        400,
        'wrapping token is not valid or does not exist',
      )
    expectReply(await read('response'), { data: { response } })
  })
})
