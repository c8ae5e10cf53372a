import { expect } from 'chai'
import { duringLongWork } from '../../../support/during-long-work.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('A login with a password', () => {
  it('gives no token if the password is changed while it is verified', async () => {
    const { post } = await testEngine()
    await post('sys/auth/userpass', { type: 'userpass' })
    await post('auth/userpass/users/ann', { password: 'correct horse' })
    const logIn = (password: string) => post('auth/userpass/login/ann', { password }, '')
    const changed = { status: 0 }
    const answer = await duringLongWork(
      () => logIn('correct horse'),
      async () =>
        Object.assign(
          changed,
          await post('auth/userpass/users/ann/password', { password: 'battery staple' }),
        ),
    )
    expect(changed.status).to.equal(204)
    expect(answer).to.deep.equal({
      status: 503,
      body: { errors: ['the password has just been changed: try again'] },
    })
    expect((await logIn('correct horse')).status).to.equal(400)
    expect((await logIn('battery staple')).status).to.equal(200)
  })
})
