import { request } from 'node:http'
import { expect } from 'chai'
import { api, POSTERN } from '../api.ts'
import { expectEmpty, expectFailure, expectReply } from '../reply.ts'

// other servers have no such path
if (POSTERN)
  describe('asking what became of a one-time password', () => {
    const server = api()
    const { ssh, put, get, mount, ask } = server

    /** A request that waits, and whose answer nobody reads. */
    function waitFor(lease_id: string) {
      const { port, root } = server
      const options = { port, method: 'PUT', path: `/v1/${mount}/otp`, agent: false }
      const wait = request({ ...options, headers: { 'x-vault-token': root } })
      wait.on('error', () => {})
      return wait.end(JSON.stringify({ lease_id, wait: '30s' }))
    }

    const issue = async (token?: string) => {
      const { body } = await ssh('creds/web', { ip: '10.0.0.5' }, token)
      return { otp: body.data.key as string, lease_id: body.lease_id as string }
    }
    const verify = (body: object, correlation = 'login-1') =>
      ask('PUT', `${mount}/verify`, {
        body,
        token: '',
        headers: { 'x-correlation-id': correlation },
      })
    const LOGIN = { role: 'web', username: 'ubuntu', ip: '10.0.0.5' }

    before(() =>
      ssh('roles/web', { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }),
    )

    it('answers with the state, who presented it, and replays', async () => {
      const { otp, lease_id } = await issue()
      const waiting = await ssh('otp', { lease_id })
      const { expire_time } = waiting.body.data
      expectReply(waiting, { data: { ...LOGIN, expire_time, state: 'waiting' } })
      const used = await verify({ otp })
      expectFailure(await verify({ otp }, 'login-2'), 400, 'OTP not found')
      const answer = await ssh('otp', { lease_id })
      const { time, last_replay } = answer.body.data
      expectReply(answer, {
        data: {
          ...{ ...LOGIN, expire_time, state: 'used', time, client_address: '127.0.0.1' },
          ...{ request_id: used.body.request_id, correlation_id: 'login-1' },
          ...{ replays: 1, last_replay },
        },
      })
      expect([last_replay.client_address, last_replay.correlation_id]).to.deep.equal([
        '127.0.0.1',
        'login-2',
      ])
      expect((await get('sys/metrics?format=prometheus')).text).to.match(
        /postern_events_total\{event="otp_refused",reason="replay"\} 1\n/,
      )
    })

    it('answers when the password is used, if it is asked to wait', async () => {
      const { otp, lease_id } = await issue()
      const answer = ssh('otp', { lease_id, wait: '25s' })
      const first = await Promise.race([
        answer,
        new Promise(resolve => setTimeout(resolve, 700, 'waits')),
      ])
      expect(first).to.equal('waits')
      await verify({ otp })
      expect((await answer).body.data.state).to.equal('used')
    })

    it('ends the wait of a client when its password is revoked', async () => {
      const { lease_id } = await issue()
      const answer = ssh('otp', { lease_id, wait: '25s' })
      expectEmpty(await put('sys/leases/revoke', { lease_id }))
      expect((await answer).body.data.state).to.equal('revoked')
    })

    it('needs a token, and no policy for one that requested the password', async () => {
      await put('sys/policies/acl/web', {
        policy: `path "${mount}/creds/web" { capabilities = ["update"] }`,
      })
      const token = async () =>
        (await put('auth/token/create', { policies: ['web'] })).body.auth.client_token as string
      const [own, other] = [await token(), await token()]
      const { lease_id } = await issue(own)
      expect((await ssh('otp', { lease_id }, own)).body.data.state).to.equal('waiting')
      expect((await ssh('otp', { lease_id }, other)).status).to.equal(403)
      expectFailure(await ssh('otp', { lease_id }, ''), 403, 'permission denied')
    })

    it('takes only so many waits from one source, and no longer than their clients', async () => {
      const { lease_id } = await issue()
      const waits = Array.from({ length: 140 }, () => waitFor(lease_id))
      const asked = () => ssh('otp', { lease_id, wait: '1s' })
      // it may come before the last of the others, and keep one of them out; after it there is room for one at the most
      await asked()
      const refused = (await Promise.all([asked(), asked()])).find(({ status }) => status === 503)
      if (!refused) throw new Error('none was refused')
      expectFailure(refused, 503, 'too many requests wait already; ask without wait, or later')
      expect(refused.headers['retry-after']).to.equal('1')
      expect((await ssh('otp', { lease_id })).body.data.state).to.equal('waiting')
      for (const wait of waits) wait.destroy()
      let taken = await asked()
      for (let tries = 0; taken.status === 503 && tries < 20; tries++) {
        await new Promise(resolve => setTimeout(resolve, 200))
        taken = await asked()
      }
      expect(taken.body.data.state).to.equal('waiting')
    }).timeout(20_000)

    it('is a write and nothing else, and checks what it is sent', async () => {
      for (const verb of ['GET', 'DELETE'])
        expect((await ask(verb, `${mount}/otp`)).status).to.equal(405)
      expectFailure(await ssh('otp', {}), 400, 'lease_id must be specified')
      const { lease_id } = await issue()
      expect((await ssh('otp', { lease_id, wait: 'soon' })).status).to.equal(400)
      expect((await ssh('otp', { lease_id: 'ssh/creds/web/none' })).status).to.equal(404)
      expect((await ssh('otp', { lease_id: ['a', 'b'] })).status).to.equal(400)
    })
  })
