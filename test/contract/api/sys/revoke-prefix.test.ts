import { expect } from 'chai'
import { testEngine } from '../../../support/test-engine.ts'

const OTP = { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }

describe('Revoking all leases below a path', () => {
  async function issuing() {
    const made = await testEngine()
    const { post } = made
    const issue = async (mount: string, role = 'web') => {
      await post(`${mount}/roles/${role}`, OTP)
      return (await post(`${mount}/creds/${role}`, { ip: '10.0.0.5' })).body.lease_id as string
    }
    const isThere = async (lease_id: string) =>
      (await post('sys/leases/lookup', { lease_id })).status === 200
    const move = async (from: string, to: string) =>
      expect((await post('sys/remount', { from, to })).status).to.equal(200)
    const revoke = async (prefix: string, how = 'prefix') =>
      expect((await post(`sys/leases/revoke-${how}/${prefix}`)).status).to.equal(204)
    return { ...made, issue, isThere, move, revoke }
  }

  for (const [how, prefix] of [
    ['prefix', 'there'],
    ['force', 'there/'],
    ['prefix', 'there/creds/web'],
  ] as const)
    it(`ends with ${how} ${prefix} those from before the mount was moved there, twice`, async () => {
      const { issue, isThere, move, revoke } = await issuing()
      const first = await issue('ssh')
      await move('ssh', 'between')
      const second = await issue('between')
      await move('between', 'there')
      const third = await issue('there')
      await revoke(prefix, how)
      expect(await Promise.all([first, second, third].map(isThere))).to.deep.equal(
        Array(3).fill(false),
      )
    })

  it('leaves those of other roles, and of a mount that is now where the moved one was', async () => {
    const { issue, isThere, move, revoke, post } = await issuing()
    const own = await issue('ssh', 'other')
    await move('ssh', 'there')
    await post('sys/mounts/ssh', { type: 'ssh' })
    const others = await issue('ssh', 'web')
    await revoke('there/creds/web')
    expect(await isThere(own)).to.equal(true)
    await revoke('there')
    expect(await isThere(own)).to.equal(false)
    expect(await isThere(others)).to.equal(true)
  })

  describe('of an auth method', () => {
    async function loggingIn() {
      const made = await issuing()
      const { post, get } = made
      await post('sys/auth/people', { type: 'userpass' })
      const logIn = async (who: string, mount = 'people') => {
        await post(`auth/${mount}/users/${who}`, { password: 'correct horse' })
        const path = `auth/${mount}/login/${who}`
        return (await post(path, { password: 'correct horse' }, '')).body.auth.client_token
      }
      const isGood = async (token: string) =>
        (await get('auth/token/lookup-self', token)).status === 200
      return { ...made, logIn, isGood }
    }

    it('ends the tokens of its logins, and no others', async () => {
      const { logIn, isGood, revoke, post } = await loggingIn()
      const [ann, bob] = [await logIn('ann'), await logIn('bob')]
      const child = (await post('auth/token/create', { ttl: '1h' })).body.auth.client_token
      await revoke('auth/people/login/ann')
      expect([await isGood(ann), await isGood(bob)]).to.deep.equal([false, true])
      await revoke('auth/people')
      expect([await isGood(bob), await isGood(child)]).to.deep.equal([false, true])
      await revoke('auth/token/create')
      expect([await isGood(child), await isGood('root')]).to.deep.equal([false, true])
    })

    it('ends those from before it was moved', async () => {
      const { logIn, isGood, revoke, move } = await loggingIn()
      const ann = await logIn('ann')
      await move('auth/people', 'auth/staff')
      const bob = await logIn('bob', 'staff')
      await revoke('auth/people')
      expect([await isGood(ann), await isGood(bob)]).to.deep.equal([false, true])
      const { logIn: again, isGood: good, revoke: end, move: away } = await loggingIn()
      const eve = await again('eve')
      await away('auth/people', 'auth/staff')
      await end('auth/staff')
      expect(await good(eve)).to.equal(false)
    })
  })
})
