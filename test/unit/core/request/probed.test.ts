import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { expect } from 'chai'
import { throttle } from '../../../../engine/core/request/throttle.ts'
import { auditFile, type Line } from '../../../support/audit-file.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ECHO = { otp: 'verify-echo-request', nonce: 'abc' }

describe('A health check', () => {
  async function front(log?: ReturnType<typeof auditFile>) {
    const made = await testEngine({ devices: log ? [log.device] : [] })
    await made.post('ssh/roles/web', {
      key_type: 'otp',
      default_user: 'ubuntu',
      cidr_list: '10.0.0.0/8',
    })
    const verify = (data: object) => {
      const request = {
        ...{
          id: randomUUID(),
          operation: 'update' as const,
          path: 'ssh/verify',
          data: { ...data },
        },
        ...{ token: undefined, client: { address: '192.0.2.1', port: 1 } },
        ...{ correlation: undefined, wrapTtl: undefined },
      }
      return throttle(made.core, { ...request, read: async () => request })
    }
    const issue = async () => (await made.post('ssh/creds/web', { ip: '10.0.0.1' })).body.data.key
    return { ...made, verify, issue }
  }

  it('is answered without the store, and counted in one line', async () => {
    using log = auditFile()
    const { verify, core, store } = await front(log)
    // the first one looks up the key that signs
    expect((await verify(ECHO)).status).to.equal(200)
    const before = log.entries().length
    const { get, commit } = store
    const asked = () => Promise.reject(new Error('the store was asked'))
    Object.assign(store, { get: asked, commit: asked })
    for (let times = 0; times < 100; times++) {
      const { status, body } = await verify(ECHO)
      expect(status).to.equal(200)
      const { data, ...envelope } = body as { readonly data: object }
      expect(envelope).to.deep.include({ lease_id: '', warnings: null })
      expect(data).to.include({ message: 'verify-echo-response', nonce: 'abc' })
    }
    Object.assign(store, { get, commit })
    await core.audit.close()
    const [line, ...more] = log.entries().slice(before) as [Line, ...Line[]]
    expect(more).to.deep.equal([])
    expect(line).to.deep.include({ type: 'system', outcome: 'ok', reason: 'health checks' })
    expect(line.request).to.include({
      operation: 'update',
      path: 'ssh/verify',
      mount_point: 'ssh/',
    })
    expect(line.response).to.deep.equal({ data: { count: 100 } })
  })

  it('is limited, and takes nothing from logins of the same source', async () => {
    const { verify, issue } = await front()
    let [answered, limited] = [0, 0]
    for (let times = 0; times < 6000 && limited < 10; times++) {
      const { status } = await verify(ECHO)
      if (status === 200) answered++
      else if (status === 429) limited++
    }
    expect(answered).to.be.at.least(2000)
    expect(limited).to.equal(10)
    for (let times = 0; times < 20; times++)
      expect((await verify({ otp: await issue() })).status).to.equal(200)
  })

  it('is refused by a sealed server, and when nothing can be written down', async () => {
    using log = auditFile()
    const { verify, core, get } = await front(log)
    await core.audit.close()
    rmSync(log.folder, { recursive: true })
    expect((await get('ssh/roles/web')).status).to.equal(500)
    expect((await verify(ECHO)).status).to.equal(500)
    mkdirSync(log.folder)
    expect((await get('ssh/roles/web')).status).to.equal(200)
    expect((await verify(ECHO)).status).to.equal(200)
    await core.sealing.seal()
    const sealed = { status: 503, body: { errors: ['Vault is sealed'] } }
    expect(await verify(ECHO)).to.deep.equal(sealed)
  })

  it('is one only to the letter', async () => {
    const { verify } = await front()
    for (const otp of ['verify-echo-request ', 'VERIFY-ECHO-REQUEST', ['verify-echo-request', 'x']])
      expect((await verify({ otp })).status).to.equal(400)
  })
})
