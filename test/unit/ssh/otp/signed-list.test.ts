import { expect } from 'chai'
import { serve } from '../../../../engine/core/request/serve.ts'
import { isSignedBy, parsePublicKey } from '../../../../shared/ed25519.ts'
import { bodyDigest } from '../../../../shared/host-signature.ts'
import { LIST_HEADERS, listText } from '../../../../shared/list-signature.ts'
import { testEngine } from '../../../support/test-engine.ts'

const NONCE = 'n'.repeat(32)

describe('A list for hosts', () => {
  async function mounted() {
    const made = await testEngine()
    await made.post('sys/mounts/otp', { type: 'ssh' })
    await made.post('otp/config/ca', { key_type: 'ed25519' })
    const fetchList = (path: string, more: object = {}) =>
      serve(made.core, {
        ...{ id: 'id', operation: 'read', path: `otp/${path}`, data: {}, token: undefined },
        ...{
          client: { address: '192.0.2.1', port: 1 },
          correlation: undefined,
          wrapTtl: undefined,
        },
        ...more,
      })
    const [key] = (await made.get('otp/verify/keys')).body.data.keys
    return { ...made, fetchList, key: parsePublicKey(key.public_key) }
  }

  for (const path of ['krl', 'public_keys'])
    it(`is signed for the request with a nonce: ${path}`, async () => {
      const { fetchList, key, post } = await mounted()
      const { status, headers = {}, body } = await fetchList(path, { nonce: NONCE })
      expect([status, headers[LIST_HEADERS.keyId]]).to.deep.equal([200, key.id])
      const said = { mount: 'otp', nonce: NONCE, path, status, etag: headers.ETag ?? '' }
      const text = listText({ ...said, bodyDigest: bodyDigest(body as string | Buffer) })
      expect(isSignedBy(key, text, headers[LIST_HEADERS.signature] ?? '')).to.equal(true)
      await post('otp/verify/rotate')
      const again = await fetchList(path, { nonce: 'other' })
      expect(again.headers?.[LIST_HEADERS.keyId]).to.equal(key.id)
      expect(again.headers?.[LIST_HEADERS.signature]).not.to.equal(headers[LIST_HEADERS.signature])
    })

  it('is signed where it has not changed', async () => {
    const { fetchList, key } = await mounted()
    const ifNoneMatch = (await fetchList('krl')).headers?.ETag ?? ''
    const { status, headers = {} } = await fetchList('krl', { ifNoneMatch, nonce: NONCE })
    const said = { mount: 'otp', nonce: NONCE, path: 'krl', status: 304, etag: ifNoneMatch }
    expect(status).to.equal(304)
    const text = listText({ ...said, bodyDigest: bodyDigest('') })
    expect(isSignedBy(key, text, headers[LIST_HEADERS.signature] ?? '')).to.equal(true)
  })

  it('is answered as by other servers where the request has no nonce', async () => {
    const { fetchList } = await mounted()
    for (const path of ['krl', 'public_keys'])
      expect(Object.keys((await fetchList(path)).headers ?? {})).to.deep.equal(['ETag'])
  })
})
