import { expect } from 'chai'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, listed } from '../reply.ts'

describe('answers', () => {
  const { ssh, get, put, ask, mount } = api()

  before(() => ssh('roles/web', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }))

  it('end in a newline, are JSON and nothing else, and are not to be stored', async () => {
    for (const answer of [
      await get(`${mount}/roles/web`),
      await get(`${mount}/roles/none`),
      await get('nope'),
      await get('sys/health', ''),
      await get('sys/seal-status', ''),
      await get(`${mount}/roles/web`, ''),
      await ssh('creds/web', {}),
      await ask('GET', `${mount}/roles?help=1`),
    ]) {
      expect(answer.headers['content-type']).to.equal('application/json')
      expect(answer.headers['cache-control']).to.equal('no-store')
      expect(answer.text).to.match(/\n$/)
    }
  })

  it('without content have no body, and the same headers', async () => {
    const answer = await ssh('roles/web', {
      ...{ key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' },
    })
    expectEmpty(answer)
    expect(answer.headers).to.include({
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
  })

  ours('say which kind of mount they come from', async () =>
    expect((await get(`${mount}/roles/web`)).body.mount_type).to.equal('ssh'),
  )

  it('name each request anew', async () => {
    const ids = [await get(`${mount}/roles/web`), await get(`${mount}/roles/web`)].map(
      ({ body }) => body.request_id,
    )
    expect(ids[0]).not.to.equal(ids[1])
  })

  const DENIED = 'permission denied'
  for (const token of ['', 'garbage', 's.garbage', 'hvs.CAESIJ', 'x'.repeat(300)])
    it(`to the token ${JSON.stringify(token).slice(0, 20)} are refusals, whatever is there`, async () => {
      for (const path of [`${mount}/roles/web`, `${mount}/nope`, 'nope', 'sys/mounts'])
        expectFailure(await get(path, token), 403, DENIED)
      expectFailure(await ssh('creds/web', {}, token), 403, DENIED)
      expectFailure(await ssh('roles/x', { port: 'abc' }, token), 403, DENIED)
    })

  it('to who may know say what is not there', async () => {
    expectFailure(
      await get('nope/at/all'),
      404,
      'no handler for route "nope/at/all". route entry not found.',
    )
    expectFailure(await get(`${mount}/nope`), 404, listed('unsupported path'))
    expectFailure(await get(`${mount}/roles/none`), 404)
  })

  it('say that a verb is not known there', async () => {
    for (const [verb, path] of [
      ['GET', 'lookup'],
      ['DELETE', 'roles'],
      ['DELETE', 'lookup'],
    ])
      expectFailure(await ask(verb!, `${mount}/${path}`), 405, listed('unsupported operation'))
  })

  it('take a list that nobody keeps for a path that is not there', async () => {
    for (const path of ['lookup', 'config/zeroaddress', 'roles/web'])
      expectFailure(await ask('LIST', `${mount}/${path}`), 404, listed('unsupported path'))
  })

  it('outside of the interface are nothing', async () => {
    for (const path of ['/v2/sys/health', '/v1', '/nope', '/v1x/'])
      expectFailure(await ask('GET', path), 404)
  })

  it('put what a mount list says at the top as well', async () => {
    const { body } = await get('sys/mounts')
    expect(body[`${mount}/`]).to.deep.equal(body.data[`${mount}/`])
    expect(body.data[`${mount}/`]).to.deep.include({ type: 'ssh', options: differs(null, {}) })
  })

  it('warn of nothing where there is nothing to say', async () =>
    expectEmpty(
      await ssh('roles/web', {
        ...{ key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8', foo: 1, role: 'x' },
      }),
    ))

  it('to a write of what cannot be written name no secret', async () => {
    const { status, text } = await put(`${mount}/verify`, { otp: { secret: 'hunter2' } }, '')
    expect(status).to.equal(400)
    expect(text).not.to.include('hunter2')
  })
})
