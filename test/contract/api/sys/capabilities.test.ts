import { expect } from 'chai'
import { api } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed } from '../reply.ts'

describe('policies that are asked about', () => {
  const { get, put, mount } = api()
  let count = 0

  const POLICY = `path "a/*" { capabilities = ["update", "read"] }
    path "a/b" { capabilities = ["deny"] }`

  it('tell the capabilities of the caller', async () => {
    const { body } = await put('auth/token/create', {
      policies: [await named(POLICY), 'default'],
    })
    const token = body.auth.client_token
    expectReply(await put('sys/capabilities-self', { path: 'a/c' }, token), {
      data: { 'a/c': ['read', 'update'], capabilities: ['read', 'update'] },
      'a/c': ['read', 'update'],
      capabilities: ['read', 'update'],
    })
    const both = { 'a/b': ['deny'], 'a/c': ['read', 'update'] }
    expectReply(await put('sys/capabilities-self', { paths: ['a/b', 'a/c'] }, token), {
      data: both,
      ...both,
    })
  })

  it('tell the capabilities of a token, and of one that an accessor names', async () => {
    const { body } = await put('auth/token/create', { policies: [await named(POLICY)] })
    const { client_token: token, accessor } = body.auth
    for (const [path, of] of [
      ['sys/capabilities', { token }],
      ['sys/capabilities-accessor', { accessor }],
    ] as const)
      expect((await put(path, { ...of, paths: 'a/c,x' })).body.data).to.deep.equal({
        'a/c': ['read', 'update'],
        x: ['deny'],
      })
    expect((await put('sys/capabilities-self', { path: 'x' })).body.data).to.deep.equal({
      x: ['root'],
      capabilities: ['root'],
    })
  })

  it('want a path, and a token that is there', async () => {
    expectFailure(await put('sys/capabilities-self', {}), 400, 'paths must be supplied')
    expectFailure(
      await put('sys/capabilities', { token: 'hvs.nobody', path: 'a' }),
      400,
      listed('invalid token'),
    )
  })

  it('are shown whole to a user interface', async () => {
    const token = (
      await put('auth/token/create', {
        policies: [await named('path "sys/internal/ui/resultant-acl" { policy = "read" }')],
        no_default_policy: true,
      })
    ).body.auth.client_token
    const { data } = (await get('sys/internal/ui/resultant-acl', token)).body
    expect(data.root).to.equal(false)
    expect(data.exact_paths).to.deep.equal({
      'sys/internal/ui/resultant-acl': { capabilities: ['list', 'read'] },
    })
    expect((await get('sys/internal/ui/resultant-acl')).body.data.root).to.equal(true)
  })

  async function named(policy: string): Promise<string> {
    const name = `q-${mount}-${++count}`
    expectEmpty(await put(`sys/policies/acl/${name}`, { policy }))
    return name
  }
})
