import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectFailure } from '../reply.ts'

/** What is asked without a token, and how that is answered. */
const OPEN: readonly (readonly [string, string, number])[] = [
  ['GET', 'public_key', 200],
  ['GET', 'issuer/default/public_key', 200],
  ['PUT', 'verify', 400],
]
const OPEN_HERE: typeof OPEN = [
  ['GET', 'public_keys', 200],
  ['GET', 'krl', 200],
]
const CLOSED: readonly (readonly [string, string])[] = [
  ['GET', 'config/ca'],
  ['PUT', 'config/ca'],
  ['DELETE', 'config/ca'],
  ['GET', 'config/issuers'],
  ['PUT', 'config/issuers'],
  ['LIST', 'issuers'],
  ['PUT', 'issuers/import'],
  ['PUT', 'issuers/import/x'],
  ['GET', 'issuer/default'],
  ['PUT', 'issuer/default'],
  ['DELETE', 'issuer/default'],
  ['GET', 'issuer/default/dependents'],
  ['LIST', 'roles'],
  ['GET', 'roles/r'],
  ['PUT', 'roles/r'],
  ['PUT', 'creds/r'],
  ['PUT', 'lookup'],
  ['PUT', 'sign/r'],
  ['PUT', 'issue/r'],
  ['LIST', 'certs'],
  ['GET', 'certs/1'],
  ['GET', 'config/certs'],
  ['PUT', 'config/certs'],
  ['PUT', 'revoke'],
  ['GET', 'config/zeroaddress'],
]

describe('Without a token', () => {
  const { ssh, ask, mount } = api()
  before(() => ssh('config/ca', { key_type: 'ed25519' }))

  const answered = (verb: string, path: string, token: string) =>
    ask(verb, `${mount}/${path}`, { token, ...(verb === 'PUT' && { body: {} }) })

  for (const [verb, path, status] of OPEN)
    it(`${verb} ${path} is answered, also with one that is not valid`, async () => {
      for (const token of ['', 'no-such-token'])
        expect((await answered(verb, path, token)).status).to.equal(status)
    })
  for (const [verb, path, status] of OPEN_HERE)
    ours(`${verb} ${path} is answered, also with one that is not valid`, async () => {
      for (const token of ['', 'no-such-token'])
        expect((await answered(verb, path, token)).status).to.equal(status)
    })
  for (const [verb, path] of CLOSED)
    it(`${verb} ${path} is refused`, async () => {
      for (const token of ['', 'no-such-token'])
        expectFailure(await answered(verb, path, token), 403, 'permission denied')
    })

  ours('the KRL is sent once', async () => {
    const { headers, text } = await ask('GET', `${mount}/krl`, { token: '' })
    expect(text.slice(0, 6)).to.equal('SSHKRL')
    expect(headers.etag).to.match(/^"[\w.-]+"$/)
    const known = { token: '', headers: { 'if-none-match': `W/${headers.etag}` } }
    const again = await ask('GET', `${mount}/krl`, known)
    expect([again.status, again.text, again.headers.etag]).to.deep.equal([304, '', headers.etag])
    await ssh('revoke', { key_id: 'somebody' })
    const changed = await ask('GET', `${mount}/krl`, known)
    expect(changed.status).to.equal(200)
    expect(changed.headers.etag).not.to.equal(headers.etag)
  })
})
