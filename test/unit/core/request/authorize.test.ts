import { expect } from 'chai'
import { testEngine } from '../../../support/test-engine.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGd/UgMRLXC2U4WHWgwIacVUgjTHNa5+VL7EmZGGztEX'

const POLICY = `
path "ssh/sign/ca" {
  capabilities      = ["update"]
  denied_parameters = { "valid_principals" = ["root"] }
}
path "auth/token/create" {
  capabilities      = ["update", "sudo"]
  denied_parameters = { "policies" = ["admin"] }
}
path "sys/config/auditing/request-headers/*" { capabilities = ["create", "update", "sudo"] }
path "sys/config/auditing/request-headers/X-Secret" { capabilities = ["deny"] }
path "sys/policies/acl/*" { capabilities = ["create", "update"] }
path "sys/policies/acl/root-like" { capabilities = ["deny"] }
`

async function limited() {
  const here = await testEngine()
  await here.post('sys/policies/acl/limited', { policy: POLICY })
  await here.post('sys/policies/acl/admin', { policy: 'path "*" { capabilities = ["sudo"] }' })
  await here.post('ssh/config/ca', { generate_signing_key: true, key_type: 'ed25519' })
  await here.post('ssh/roles/ca', {
    key_type: 'ca',
    allow_user_certificates: true,
    allowed_users: '*',
    default_user: 'ubuntu',
  })
  const { auth } = (await here.post('auth/token/create', { policies: ['limited'] })).body
  const status = async (path: string, data: object) =>
    (await here.post(path, data, auth.client_token)).status
  return { ...here, status }
}

describe('What is denied', () => {
  it('is denied in every form in which the endpoint would take it', async () => {
    const { status } = await limited()
    const sign = (valid_principals: unknown) =>
      status('ssh/sign/ca', { public_key: KEY, valid_principals })
    for (const value of ['root', ['root'], 'root,', ' root', 'ubuntu,root', 'root,root', 'Root'])
      expect(await sign(value), JSON.stringify(value)).to.equal(403)
    expect(await sign('ubuntu')).to.equal(200)
    const create = (policies: unknown) => status('auth/token/create', { policies })
    for (const value of ['admin', 'Admin', ' admin', 'admin,default', ['ADMIN'], ['admin ']])
      expect(await create(value), JSON.stringify(value)).to.equal(403)
    expect(await create('limited')).to.equal(200)
  })

  it('is denied in every spelling of a path, however the rule is written', async () => {
    const { status } = await limited()
    const show = (header: string) =>
      status(`sys/config/auditing/request-headers/${header}`, { hmac: true })
    for (const header of ['X-Secret', 'x-secret', 'X-SECRET'])
      expect(await show(header), header).to.equal(403)
    expect(await show('X-Other')).to.equal(204)
    for (const name of ['root-like', 'Root-Like'])
      expect(await status(`sys/policies/acl/${name}`, { policy: '' }), name).to.equal(403)
    // the mount's own part is another mount in another case
    expect(await status('sys/POLICIES/acl/x', { policy: '' })).to.equal(403)
  })
})
