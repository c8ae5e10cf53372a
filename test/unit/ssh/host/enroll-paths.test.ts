import { expect } from 'chai'
import { isSignedBy, parsePublicKey } from '../../../../shared/ed25519.ts'
import { keyInEnrollToken } from '../../../../shared/enroll-token.ts'
import { enrolledText } from '../../../../shared/host-signature.ts'
import { sealSecret } from '../../../../shared/sealed-secret.ts'
import { Secret } from '../../../../shared/secret.ts'
import { keySetText } from '../../../../shared/verify-signature.ts'
import { SigningHost } from '../../../support/signing-host.ts'
import { type Answer, testEngine } from '../../../support/test-engine.ts'

const REFUSED = /^the token is not valid for this host/

async function mounted() {
  const made = await testEngine()
  await made.post('sys/mounts/otp', { type: 'ssh' })
  const tokenFor = async (name: string, data: object = {}) =>
    (await made.post(`otp/hosts/${name}/enroll`, data)).body.data.token as string
  const fleetToken = async (data: object) =>
    (await made.post('otp/enroll-tokens', data)).body.data.token as string
  const enroll = (host: SigningHost, token: string, changes: object = {}, more = {}) =>
    made.ask('update', 'otp/enroll', { ...host.enrollment(token), ...changes }, '', more)
  return { ...made, tokenFor, fleetToken, enroll }
}

const refused = ({ status, body }: Answer, reason = REFUSED) => {
  expect(status).to.equal(400)
  expect(body.errors[0]).to.match(reason)
}

describe('Enrolling a host', () => {
  it('stores its key, and answers with keys that the key in the token has signed', async () => {
    const { tokenFor, post, get } = await mounted()
    const [host, token] = [new SigningHost('web-1'), await tokenFor('WEB-1')]
    const sent = host.enrollment(token)
    const { data } = (await post('otp/enroll', sent, '')).body
    expect(data).to.include({ name: 'web-1', version: 1 }).and.not.have.property('replaces')
    const set = data.keys.map((key: Answer['body']) => ({ text: key.public_key, state: key.state }))
    const keySet = keySetText({ mountId: data.mount_id, version: 1, keys: set })
    const asked = { name: 'web-1', publicKey: host.publicKey, nonce: sent.nonce }
    const known = keyInEnrollToken(token)
    expect(isSignedBy(known, keySet, data.keys[0].signature)).to.equal(true)
    const signature = data.enrolled_signatures[known.id]
    expect(isSignedBy(known, enrolledText(asked, keySet), signature)).to.equal(true)
    const shown = (await get('otp/hosts/web-1')).body.data
    expect(shown).to.include({ public_key: host.publicKey, enroll_token_by: 'root' })
    expect(shown.key_id).to.equal(parsePublicKey(host.publicKey).id)
  })

  it('works once with a token for one name, and for that name alone', async () => {
    const { tokenFor, enroll } = await mounted()
    const token = await tokenFor('web-1')
    refused(await enroll(new SigningHost('web-2'), token))
    expect((await enroll(new SigningHost('web-1'), token)).status).to.equal(200)
    refused(await enroll(new SigningHost('web-1'), token))
  })

  it('answers the same host again whose answer was lost, and nobody else', async () => {
    const { tokenFor, enroll, get } = await mounted()
    const [host, token] = [new SigningHost('web-1'), await tokenFor('web-1')]
    const sent = host.enrollment(token)
    const first = (await enroll(host, token, sent)).body.data
    const enrolled = (await get('otp/hosts/web-1')).body.data.enrolled_time
    expect((await enroll(host, token, sent)).body.data).to.deep.equal(first)
    refused(await enroll(new SigningHost('web-1'), token))
    expect((await get('otp/hosts/web-1')).body.data.enrolled_time).to.equal(enrolled)
  })

  it('takes a token that is encrypted for a key of the mount and for this request', async () => {
    const { tokenFor, enroll } = await mounted()
    const [host, token] = [new SigningHost('web-1'), await tokenFor('web-1')]
    const { token: _, ...rest } = host.enrollment(token)
    const key = keyInEnrollToken(token)
    const sealed = (nonce: string) => ({
      [key.id]: sealSecret(new Secret(token), key, { kind: 'token', mount: 'otp', nonce }),
    })
    const send = (each: object) => enroll(host, '', { ...rest, token: undefined, sealed: each })
    for (const odd of [{}, sealed('other'), { [key.id]: 'AAAA' }]) refused(await send(odd))
    expect((await send(sealed(rest.nonce))).status).to.equal(200)
  })

  it('works for the first token of a name alone, if several were issued', async () => {
    const { tokenFor, enroll, ask } = await mounted()
    const [older, newer] = [await tokenFor('web-1'), await tokenFor('web-1')]
    const host = new SigningHost('web-1')
    expect((await enroll(host, newer)).status).to.equal(200)
    refused(await enroll(new SigningHost('web-1'), older))
    const left = await tokenFor('web-1')
    await ask('delete', 'otp/hosts/web-1')
    refused(await enroll(new SigningHost('web-1'), left))
    refused(await enroll(host, newer))
  })

  it('fails, and replaces nothing, where the key in the token signs no more', async () => {
    const { tokenFor, enroll, get, post, ask } = await mounted()
    const host = new SigningHost('web-1')
    await enroll(host, await tokenFor('web-1'))
    const token = await tokenFor('web-1')
    for (let step = 0; step < 2; step++) await post('otp/verify/rotate', { force: true })
    expect((await enroll(host, token)).status).to.equal(200)
    const old = await tokenFor('web-1')
    await post('otp/verify/rotate')
    await post('otp/verify/rotate', { force: true })
    for (const { key_id, state } of (await get('otp/verify/keys')).body.data.keys)
      if (state === 'retiring') await ask('delete', `otp/verify/keys/${key_id}`, { force: true })
    refused(await enroll(new SigningHost('web-1'), old))
    expect((await get('otp/hosts/web-1')).body.data.public_key).to.equal(host.publicKey)
  })

  it('works once when a token is used many times at the same moment', async () => {
    const { tokenFor, enroll } = await mounted()
    const token = await tokenFor('web-1')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => enroll(new SigningHost('web-1'), token)),
    )
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
  })

  it('fails with a token that has expired, was deleted or is none', async () => {
    const { tokenFor, post, ask, enroll, pass } = await mounted()
    const [old, host] = [await tokenFor('web-1', { ttl: '1m' }), new SigningHost('web-1')]
    pass(60)
    refused(await enroll(host, old))
    const { token, token_id } = (await post('otp/hosts/web-1/enroll')).body.data
    expect((await ask('list', 'otp/enroll-tokens/')).body.data.keys).to.include(token_id)
    await ask('delete', `otp/enroll-tokens/${token_id}`)
    refused(await enroll(host, token))
    for (const none of ['', 'root', 'x'.repeat(2000)]) refused(await enroll(host, none))
  })

  it('fails without the private key, and keeps the token', async () => {
    const { tokenFor, enroll } = await mounted()
    const [host, token] = [new SigningHost('web-1'), await tokenFor('web-1')]
    const other = new SigningHost('web-1').publicKey
    for (const changes of [
      ...[{ public_key: other }, { nonce: 'other' }, { signature: '' }],
      { signature: new SigningHost('web-1').enrollment(token).signature },
    ])
      refused(await enroll(host, token, changes), /^the signature is not that of public_key$/)
    refused(await enroll(host, token, { public_key: 'ssh-ed25519 AAAA' }), /^public_key: /)
    refused(await enroll(host, token, { name: '../x' }), /^the name of a host/)
    refused(await enroll(host, token, { nonce: 'a b' }), /^nonce must be/)
    expect((await enroll(host, token)).status).to.equal(200)
  })

  it('again replaces the key, says who had the name, and keeps addresses, groups and the ban', async () => {
    const { tokenFor, post, enroll, get } = await mounted()
    const [old, host] = [new SigningHost('web-1'), new SigningHost('web-1')]
    await post('otp/hosts/web-1', { addresses: '10.0.0.5', groups: 'Web', disabled: true })
    await enroll(old, await tokenFor('web-1'))
    const issued = (await post('otp/hosts/web-1/enroll')).body.data
    expect(issued.replaces.public_key).to.equal(old.publicKey)
    const { data } = (await enroll(host, issued.token)).body
    expect(data.replaces).to.include({ public_key: old.publicKey, enrolled_from: '192.0.2.1' })
    expect((await get('otp/hosts/web-1')).body.data).to.deep.include({
      ...{ addresses: ['10.0.0.5'], groups: ['web'], disabled: true },
      public_key: host.publicKey,
    })
  })

  it('with a token for a fleet makes names that fit and are not there, as often as it says', async () => {
    const { fleetToken, post, get, enroll } = await mounted()
    await post('otp/hosts/web-0')
    const token = await fleetToken({ name: 'Web-*', groups: 'web, eu', count: 2 })
    refused(await enroll(new SigningHost('web-0'), token))
    refused(await enroll(new SigningHost('db-1'), token))
    expect((await enroll(new SigningHost('web-1'), token)).status).to.equal(200)
    refused(await enroll(new SigningHost('web-1'), token))
    expect((await enroll(new SigningHost('web-2'), token)).status).to.equal(200)
    refused(await enroll(new SigningHost('web-3'), token))
    expect((await get('otp/hosts/web-1')).body.data.groups).to.deep.equal(['eu', 'web'])
  })

  it('with a token for a block of addresses works from there alone', async () => {
    const { fleetToken, enroll } = await mounted()
    const token = await fleetToken({ name: '*', cidr_list: '10.1.0.0/16,2001:db8::/32' })
    const from = (address: string) => ({ client: { address, port: 1 } })
    refused(await enroll(new SigningHost('a'), token, {}, from('10.2.0.1')))
    expect((await enroll(new SigningHost('a'), token, {}, from('2001:db8::1'))).status).to.equal(
      200,
    )
  })

  it('needs a token of the engine for what issues tokens, and refuses what makes no sense', async () => {
    const { ask, post } = await mounted()
    for (const path of ['otp/enroll-tokens', 'otp/hosts/a/enroll', 'otp/hosts/a'])
      expect((await ask('update', path, {}, '')).status).to.equal(403)
    for (const [path, data] of [
      ['enroll-tokens', { name: '' }],
      ['enroll-tokens', { name: 'a/b' }],
      ['enroll-tokens', { name: 'a', count: 0 }],
      ['enroll-tokens', { name: 'a', cidr_list: 'x' }],
      ['enroll-tokens', { name: 'a', ttl: '25h' }],
      ['hosts/a/enroll', { ttl: 0 }],
      ['hosts/a', { addresses: 'web' }],
      ['hosts/a', { groups: 'a b' }],
      ['config/verify', { anonymous: 'maybe' }],
      ['config/verify', { max_skew: 0 }],
    ] as const)
      expect((await post(`otp/${path}`, data)).status, JSON.stringify(data)).to.equal(400)
  })
})
