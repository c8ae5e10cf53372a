import { expect } from 'chai'
import { auditFile } from '../../../support/audit-file.ts'
import { ROOT, testEngine } from '../../../support/test-engine.ts'

describe('The audit log', () => {
  it('tells of logins, secret ids and wrapped replies without their secrets', async () => {
    using log = auditFile()
    const { ask, post, get } = await testEngine({ devices: [log.device] })
    await post('sys/auth/userpass', { type: 'userpass' })
    await post('sys/auth/approle', { type: 'approle' })
    await post('auth/userpass/users/ann', { password: 'correct horse' })
    const login = await post('auth/userpass/login/ann', { password: 'correct horse' }, '')
    await post('auth/approle/role/web', {})
    const wrapped = await ask('update', 'auth/approle/role/web/secret-id', {}, ROOT, {
      wrapTtl: 60,
    })
    const { token } = wrapped.body.wrap_info
    const { secret_id } = (await post('sys/wrapping/unwrap', { token }, '')).body.data
    const { role_id } = (await get('auth/approle/role/web/role-id')).body.data
    const machine = await post('auth/approle/login', { role_id, secret_id }, '')
    const text = log.text()
    for (const secret of [
      'correct horse',
      login.body.auth.client_token,
      machine.body.auth.client_token,
      token,
      secret_id,
    ])
      expect(text).to.not.include(secret)
    const entry = log.entries().find(({ response }) => response?.wrap_info)
    expect(entry.response.wrap_info).to.include({
      ttl: 60,
      creation_path: 'auth/approle/role/web/secret-id',
    })
    const unwrapping = log
      .entries()
      .find(({ type, request }) => type === 'request' && request.path === 'sys/wrapping/unwrap')
    expect(unwrapping.request.data.token).to.equal(entry.response.wrap_info.token)
  })
})
