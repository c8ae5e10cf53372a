import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectFailure, expectReply, listed } from '../reply.ts'

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

  it('of a path that is none is an error, and of a mount that is none', async () => {
    for (const path of [`${mount}/nosuch`, `${mount}/nosuch/more`, 'sys/nosuch'])
      expectFailure(await help(path), 404, listed('unsupported path'))
    expectFailure(
      await help('nomount'),
      404,
      'no handler for route "nomount". route entry not found.',
    )
  })

  it('says what must be sent, and is wrapped', async () => {
    const { body } = await help(`${mount}/creds/any`)
    expect(body.help).to.match(/ {4}ip \(string\)\n\n {8}\[Required(?: without host)?\] /)
    expect(body.help).to.match(/ {4}role \(string\)\n\n {8}\[Required\] /)
    expect(body.help).to.match(/ {4}username \(string\)\n\n {8}(?:\[Optional\] )?User/)
  })

  ours(
    'says so of all that a role of each type needs, what it is by default, and how long',
    async () => {
      const { body } = await help(`${mount}/roles/any`)
      const about = (name: string) =>
        (body.help as string)
          .slice(body.help.indexOf(`    ${name} (`))
          .split(/\n(?= {4}\w+ \()/)[0]
          ?.replace(/\s+/g, ' ')
      expect(about('key_type')).to.include('[Required] ')
      expect(about('default_user')).to.include('[Required for types otp and dynamic] ')
      for (const name of ['key', 'admin_user'])
        expect(about(name), name).to.include('[Required for type dynamic] ')
      expect(about('key_id_format')).to.include(
        'The default is vault-{{token_display_name}}-{{public_key_hash}}.',
      )
      expect(about('key_bits')).to.include('1024 (weak), 2048, 3072 or 4096')
      for (const path of [`${mount}/roles/any`, mount, 'sys', 'sys/mounts/x'])
        for (const line of (await help(path)).body.help.split('\n'))
          expect(line.length > 100 && /\s\S+\s/.test(line.trim()), line).to.equal(false)
    },
  )

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
