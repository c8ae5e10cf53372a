import { expect } from 'chai'
import { api } from '../api.ts'
import { expectFailure, expectReply } from '../reply.ts'

describe('help', () => {
  const { ask, mount, ssh, put } = api()
  const help = (path: string, token?: string) =>
    ask('GET', `${path}?help=1`, token === undefined ? {} : { token })

  it('is a text of its own kind, without an envelope', async () => {
    const { status, body } = await help(`${mount}/roles/any`)
    expect(status).to.equal(200)
    expect(body).to.have.all.keys('help', 'see_also', 'openapi')
    expect(body.see_also).to.equal(null)
    expect(body.openapi).to.be.an('object')
    for (const field of ['key_type', 'default_user', 'cidr_list', 'port', 'allowed_users'])
      expect(body.help).to.include(field)
    for (const part of ['Request:', 'Matching Route:', '## PARAMETERS', '## DESCRIPTION'])
      expect(body.help).to.include(part)
  })

  it('of a mount describes all of its paths', async () => {
    for (const path of [mount, `${mount}/`]) {
      const { body } = await help(path)
      for (const part of ['## DESCRIPTION', '## PATHS', 'creds', 'verify', 'lookup', 'zeroaddress'])
        expect(body.help).to.include(part)
    }
  })

  it('can be asked for with any verb, and does nothing else', async () => {
    await ssh('roles/here', { key_type: 'otp', default_user: 'u' })
    for (const verb of ['DELETE', 'LIST', 'PUT'])
      expect((await ask(verb, `${mount}/roles/here?help=1`)).body).to.have.property('help')
    expect((await ask('GET', `${mount}/roles/here`)).status).to.equal(200)
  })

  it('is for every token, and only for tokens', async () => {
    expectFailure(await help(`${mount}/roles/any`, ''), 403, 'permission denied')
    expectFailure(await help(`${mount}/roles/any`, 'garbage'), 403, 'permission denied')
    const { client_token: child } = (await put('auth/token/create', { policies: ['default'] })).body
      .auth
    expect((await help(`${mount}/roles/any`, child)).status).to.equal(200)
  })

  it('is not asked for by an empty word', async () => {
    await ssh('roles/read', { key_type: 'otp', default_user: 'u' })
    expectReply(await ask('GET', `${mount}/roles/read?help=`), {
      data: (await ask('GET', `${mount}/roles/read`)).body.data,
    })
  })
})
