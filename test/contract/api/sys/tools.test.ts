import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure } from '../reply.ts'

describe('sys/tools', () => {
  const { put, get } = api()
  const input = Buffer.from('abc').toString('base64')

  for (const family of ['sha2', 'sha3'])
    for (const bits of ['224', '256', '384', '512'])
      it(`hashes with ${family}-${bits}`, async () => {
        const digest = createHash(family === 'sha2' ? `sha${bits}` : `sha3-${bits}`).update('abc')
        const hex = digest.copy().digest('hex')
        const algorithm = `${family}-${bits}`
        expect((await put('sys/tools/hash', { input, algorithm })).body.data.sum).to.equal(hex)
        const other = await put(`sys/tools/hash/${algorithm}`, { input, format: 'base64' })
        expect(other.body.data.sum).to.equal(digest.digest('base64'))
      })

  it('gives as many random bytes as are asked for, each time others', async () => {
    const drawn = async (path: string, body: object = {}) =>
      (await put(`sys/tools/random${path}`, body)).body.data.random_bytes as string
    for (const [path, body, length] of [
      ['', {}, 32],
      ['', { bytes: 5 }, 5],
      ['/7', {}, 7],
      ['/platform', { bytes: 9 }, 9],
      ['/all/11', {}, 11],
      ['', { bytes: 131_072 }, 131_072],
    ] as const)
      expect(Buffer.from(await drawn(path, body), 'base64')).to.have.length(length)
    expect(await drawn('', { format: 'hex', bytes: 16 })).to.match(/^[0-9a-f]{32}$/)
    expect(await drawn('')).not.to.equal(await drawn(''))
  })

  const FORMAT = 'must be "hex" or "base64"'
  for (const [path, body, message] of [
    ['hash', { input, algorithm: 'md5' }, 'unsupported algorithm md5'],
    ['random', { bytes: 0 }, "'bytes' cannot be less than 1"],
    ['random', { bytes: 131_073 }, "'bytes' should be less than 131072"],
    ['random', { format: 'x' }, `unsupported encoding format "x"; ${FORMAT}`],
    [
      'random/dice/4',
      {},
      'unsupported entropy source "dice"; must be "platform" or "seal", or "all"',
    ],
  ] as const)
    it(`refuses ${path} with ${JSON.stringify(body)}`, async () =>
      expectFailure(await put(`sys/tools/${path}`, body), 400, message))

  ours('refuses what is no base64', async () =>
    expectFailure(
      await put('sys/tools/hash', { input: 'a*' }),
      400,
      'unable to decode input as base64',
    ),
  )

  ours('tells of one node, which is active, and has nothing to hand over', async () => {
    const { body } = await get('sys/ha-status')
    const [node, ...others] = body.data.nodes
    expect(others).to.deep.equal([])
    // the command line reads what stands on top
    expect(body.nodes).to.deep.equal([node])
    expect(node.active_node).to.equal(true)
    expectEmpty(await put('sys/step-down'))
    const { client_token } = (await put('auth/token/create', { policies: ['default'] })).body.auth
    expect((await put('sys/step-down', {}, client_token)).status).to.equal(403)
  })
})
