import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import {
  isSignedBy,
  type PublicKey,
  parsePublicKey,
  publicKeyIn,
} from '../../../../shared/ed25519.ts'
import { sealSecret } from '../../../../shared/sealed-secret.ts'
import { Secret } from '../../../../shared/secret.ts'
import { keySetText } from '../../../../shared/verify-signature.ts'
import { isSignedReply, NONCE } from '../../../support/signed-reply.ts'
import { type Answer, testEngine } from '../../../support/test-engine.ts'

const IP = '10.0.0.5'

/** An engine with a mount of its own, made as clients make one, and a role. */
async function mounted() {
  const made = await testEngine()
  await made.post('sys/mounts/otp', { type: 'ssh' })
  await made.post('otp/roles/web', {
    key_type: 'otp',
    default_user: 'ubuntu',
    cidr_list: '10.0.0.0/8',
  })
  const issue = async () => (await made.post('otp/creds/web', { ip: IP })).body.data.key as string
  const verify = (data: object) => made.ask('update', 'otp/verify', data, '')
  const keys = async () => (await made.ask('read', 'otp/verify/keys', {}, '')).body.data
  /** Takes the next step; no host is enrolled. */
  const rotate = () => made.post('otp/verify/rotate', { force: true })
  return { ...made, issue, verify, keys, rotate }
}

describe('An answer of verify', () => {
  it('is signed for the request that has a nonce', async () => {
    const { issue, verify, keys } = await mounted()
    const otp = await issue()
    const { status, body } = await verify({ otp, nonce: NONCE })
    expect(status).to.equal(200)
    const login = { username: 'ubuntu', ip: IP, role: 'web' }
    const said = { otp: new Secret(otp), decision: 'allowed', ...login } as const
    expect(
      isSignedReply(body.data, { requestId: body.request_id, keys: await keys() }, said),
    ).to.equal(true)
    expect(body.lease_id).to.equal('')
  })

  it('is signed where it refuses', async () => {
    const { issue, verify, keys } = await mounted()
    const good = await issue()
    for (const [request, reason] of [
      [{ otp: 'nope' }, 'OTP not found'],
      [{ otp: good, username: 'root' }, 'OTP was issued for another username'],
      [{ otp: good, ip: '10.0.0.6' }, 'OTP was issued for another ip'],
      [{ otp: good, roles: ['db'] }, 'OTP was issued for a role that is not allowed on this host'],
    ] as const) {
      const { status, body } = await verify({ ...request, nonce: NONCE })
      expect(status).to.equal(400)
      expect(body.errors).to.deep.equal([reason])
      const said = { otp: new Secret(request.otp), decision: 'refused', reason } as const
      expect(
        isSignedReply(body, { requestId: body.request_id, keys: await keys() }, said),
        reason,
      ).to.equal(true)
    }
  })

  it('is signed for a password that is encrypted for a key of the mount', async () => {
    const { issue, verify, keys, rotate } = await mounted()
    await rotate()
    const otp = new Secret(await issue())
    const [active, staged] = (await keys()).keys.map((key: Answer['body']) =>
      parsePublicKey(key.public_key),
    )
    const stranger = publicKeyIn(generateKeyPairSync('ed25519').publicKey)
    const sealedFor = (key: PublicKey, nonce = NONCE) => ({
      ...{ otp: '-'.repeat(36), nonce: NONCE },
      sealed: { [key.id]: sealSecret(otp, key, { kind: 'otp', mount: 'otp', nonce }) },
    })
    for (const sent of [
      sealedFor(stranger),
      sealedFor(active, 'b'.repeat(32)),
      { ...sealedFor(active), nonce: undefined },
      { ...sealedFor(active), sealed: {} },
      { ...sealedFor(active), sealed: { [active.id]: sealedFor(staged).sealed[staged.id] } },
    ]) {
      const { status, body } = await verify(sent)
      expect([status, body.errors[0]]).to.deep.equal([
        400,
        'the password is not encrypted for a key of this mount: fetch the keys, postern-helper verify-keys',
      ])
    }
    const { status, body } = await verify(sealedFor(staged))
    expect(status).to.equal(200)
    const said = { otp, decision: 'allowed', username: 'ubuntu', ip: IP, role: 'web' } as const
    expect(
      isSignedReply(body.data, { requestId: body.request_id, keys: await keys() }, said),
    ).to.equal(true)
    const again = await verify(sealedFor(active))
    expect(again.body.errors).to.deep.equal(['OTP not found'])
    const echo = { ...sealedFor(active), otp: 'verify-echo-request' }
    expect((await verify(echo)).body.data.message).to.equal('verify-echo-response')
  })

  it('is signed where a password was used by somebody else meanwhile', async () => {
    const { issue, verify, keys } = await mounted()
    const otp = await issue()
    const answers = await Promise.all([1, 2, 3].map(() => verify({ otp, nonce: NONCE })))
    const lost = answers.filter(({ status }) => status === 400)
    expect(lost).to.have.length(2)
    for (const { body } of lost) {
      const said = { otp: new Secret(otp), decision: 'refused', reason: 'OTP not found' } as const
      expect(
        isSignedReply(body, { requestId: body.request_id, keys: await keys() }, said),
      ).to.equal(true)
    }
  })

  it('is signed where it is an echo, whether or not the key is remembered', async () => {
    const { verify, keys } = await mounted()
    const otp = 'verify-echo-request'
    for (let time = 0; time < 3; time++) {
      const { status, body } = await verify({ otp, nonce: NONCE })
      expect(status).to.equal(200)
      expect(body.data.message).to.equal('verify-echo-response')
      const said = { otp: new Secret(otp), decision: 'echo' } as const
      expect(
        isSignedReply(body.data, { requestId: body.request_id, keys: await keys() }, said),
      ).to.equal(true)
    }
  })

  it('is as ever for a request without a nonce', async () => {
    const { issue, verify } = await mounted()
    const echo = await verify({ otp: 'verify-echo-request' })
    expect(echo.body.data).to.deep.equal({ message: 'verify-echo-response' })
    const login = await verify({ otp: await issue() })
    expect(login.body.data).to.deep.equal({ ip: IP, username: 'ubuntu', role_name: 'web' })
    expect((await verify({ otp: 'nope' })).body).to.deep.equal({ errors: ['OTP not found'] })
  })

  it('has a signature of its own at every mount', async () => {
    const { post, ask, keys } = await mounted()
    await post('sys/mounts/two', { type: 'ssh' })
    const other = (await ask('read', 'two/verify/keys', {}, '')).body.data
    expect(other.keys[0].key_id).not.to.equal((await keys()).keys[0].key_id)
  })
})

describe('The keys of verify', () => {
  it('are signed as a set by each of them', async () => {
    const { keys, rotate } = await mounted()
    await rotate()
    const { mount_id: mountId, version, keys: listed } = await keys()
    expect(listed.map(({ state }: { state: string }) => state)).to.deep.equal(['active', 'staged'])
    const set = listed.map((key: Answer['body']) => ({ text: key.public_key, state: key.state }))
    const text = keySetText({ mountId, version, keys: set })
    for (const { public_key, signature, key_id } of listed) {
      expect(isSignedBy(parsePublicKey(public_key), text, signature)).to.equal(true)
      expect(parsePublicKey(public_key).id).to.equal(key_id)
    }
  })

  it('show no secret', async () => {
    const { ask } = await mounted()
    const { body } = await ask('read', 'otp/verify/keys', {}, '')
    expect(JSON.stringify(body)).not.to.match(/PRIVATE|private/)
  })

  it('are answered with 304 to who has them', async () => {
    const { ask, keys, rotate } = await mounted()
    const { mount_id: id, version } = await keys()
    const again = () =>
      ask('read', 'otp/verify/keys', {}, '', { ifNoneMatch: `"${id}.${version}"` })
    expect((await again()).status).to.equal(304)
    await rotate()
    expect((await again()).status).to.equal(200)
  })

  it('are replaced in two steps: the new one is published before it signs', async () => {
    const { keys, rotate, verify, post } = await mounted()
    const [first] = (await keys()).keys
    const signing = async () =>
      (await verify({ otp: 'verify-echo-request', nonce: NONCE })).body.data.key_id
    await rotate()
    const [, second] = (await keys()).keys
    expect(await signing()).to.equal(first.key_id)
    const early = await post('otp/verify/rotate')
    expect(early.status).to.equal(400)
    expect(early.body.errors[0]).to.match(/^no host is enrolled, .* send force=true when all have$/)
    expect(await signing()).to.equal(first.key_id)
    await rotate()
    await verify({ otp: 'nope', nonce: NONCE })
    expect(await signing()).to.equal(second.key_id)
    const states = (await keys()).keys.map(({ state }: { state: string }) => state)
    expect(states).to.deep.equal(['retiring', 'active'])
  })

  it('are deleted when they no longer sign, and only by force where hosts may need them', async () => {
    const { ask, keys, rotate } = await mounted()
    const remove = (id: string, data = {}) => ask('delete', `otp/verify/keys/${id}`, data)
    const [first] = (await keys()).keys
    expect((await remove(first.key_id, { force: true })).status).to.equal(400)
    await rotate()
    await rotate()
    expect((await remove(first.key_id)).body.errors[0]).to.match(/force=true/)
    expect((await remove(first.key_id, { force: true })).status).to.equal(204)
    expect((await keys()).keys).to.have.length(1)
    expect((await remove('nope')).status).to.equal(204)
  })

  it('are eight at the most', async () => {
    const { keys, rotate } = await mounted()
    let answer = await rotate()
    for (let step = 0; step < 20; step++) answer = await rotate()
    expect(answer.status).to.equal(400)
    expect((await keys()).keys).to.have.length(8)
  })
})
