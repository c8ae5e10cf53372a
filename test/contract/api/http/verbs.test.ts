import { expect } from 'chai'
import { wire } from '../../../support/wire.ts'
import { api, differs, ours, POSTERN } from '../api.ts'
import { expectFailure, expectReply, listed } from '../reply.ts'

describe('verbs', () => {
  const server = api()
  const { ssh, ask, get, mount, root } = server
  const ROLES = { data: { keys: ['web'], key_info: { web: { key_type: 'otp' } } } }

  before(() => ssh('roles/web', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }))

  const line = (verb: string, path: string) =>
    `${verb} /v1/${path} HTTP/1.1\r\nhost: x\r\nx-vault-token: ${root}\r\n\r\n`

  it('LIST as they come from a socket, twice on one connection, are two lists', async () => {
    const bytes = line('LIST', `${mount}/roles`)
    const answers = await wire({ port: server.port }, [bytes, bytes], { answers: 2, pause: 20 })
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200])
    for (const { body } of answers) expect(JSON.parse(body).data).to.deep.equal(ROLES.data)
  })

  it('LIST between others, all sent at once, are answered in order', async () => {
    const bytes = ['LIST', 'GET', 'LIST'].map(verb =>
      line(verb, verb === 'GET' ? `${mount}/roles/none` : `${mount}/roles`),
    )
    const answers = await wire({ port: server.port }, [bytes.join('')], { answers: 3 })
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 404, 200])
  })

  it('LIST in the smallest pieces is a list', async () => {
    const pieces = [...line('LIST', `${mount}/roles`)]
    const [answer] = await wire({ port: server.port }, pieces, { pause: 1 })
    expect(answer?.status).to.equal(200)
  })

  for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True'])
    it(`GET with list=${text} is a list`, async () =>
      expectReply(await get(`${mount}/roles?list=${text}`), ROLES))

  for (const text of ['0', 'f', 'false', 'FALSE'])
    it(`GET with list=${text} is a read`, async () =>
      expectFailure(await get(`${mount}/roles?list=${text}`), 405, listed('unsupported operation')))

  it('GET with a list that is neither is refused', async () =>
    expectFailure(await get(`${mount}/roles?list=maybe`), 400))

  it('POST and PUT are the same', async () => {
    for (const verb of ['POST', 'PUT'])
      expect(
        (await ask(verb, `${mount}/lookup`, { body: { ip: '10.0.0.5' } })).body.data.roles,
      ).to.deep.equal(['web'])
  })

  it('HEAD is not for the engine', async () => {
    const { status, text } = await ask('HEAD', `${mount}/roles/web`)
    expect([status, text]).to.deep.equal([405, ''])
  })

  it('HEAD asks for the health, without a body', async () => {
    const { status, text } = await ask('HEAD', 'sys/health', { token: '' })
    expect([status, text]).to.deep.equal([200, ''])
  })

  // OpenBao says it in another way since it answers OPTIONS of pages on other sites
  it('OPTIONS is refused', async () => {
    const answer = await ask('OPTIONS', `${mount}/roles`)
    if (POSTERN) expectFailure(answer, 400, 'cannot handle internal-only request operation')
    else expectFailure(answer, 405, listed('unsupported operation'))
  })

  for (const verb of ['TRACE', 'PROPFIND', 'PURGE'])
    it(`${verb} is not known`, async () => expectFailure(await ask(verb, `${mount}/roles`), 405))

  it('want a path that goes straight on', async () => {
    // Go's library sends to where the path would lead
    for (const path of ['/v1/ssh/../sys', '/v1/ssh/./roles'])
      expect((await ask('GET', path)).status).to.equal(differs(400, 307))
    expect((await ask('GET', '/v1/ssh/%2e%2e/sys')).status).to.equal(400)
  })

  ours('may have a slash too many', async () =>
    expect((await ask('GET', `/v1//${mount}//roles/web`)).status).to.equal(200),
  )

  it('never make a path a fault of the server', async () => {
    for (const path of [
      ...[`${mount}/roles/${'a'.repeat(6000)}`, `${mount}/roles/..%2f..%2fsys%2fmounts`],
      ...[`${mount}/roles/%00`, `${mount}/roles/%ff`, `${mount}/roles/%`, '%2e%2e'],
    ])
      for (const verb of ['GET', 'PUT', 'DELETE', 'LIST']) {
        const { status } = await ask(verb, path)
        expect(status, `${verb} ${path.slice(0, 60)}`).to.be.within(200, 499)
      }
  })

  it('want a path that can be printed', async () =>
    expect((await ask('GET', `/v1/${mount}/roles/a%01b`)).status).to.equal(400))
})
