import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, differs, ours, POSTERN } from '../api.ts'
import { expectFailure, expectReply } from '../reply.ts'

const USER = { key_type: 'ca', allow_user_certificates: true }
const METADATA = 'identity.entity.metadata'
const NO_VALUE = 'no value could be found for one of the template directives'
const SKIPPED =
  'default_extension templating enabled with at least one extension requiring identity templating. However, this request lacked identity entity information, causing one or more extensions to be skipped from the generated certificate.'

describe('templates of roles that sign', () => {
  const { ssh, put, get, mount, delete: remove } = api()
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519').line
  const auth = `userpass-${randomBytes(4).toString('hex')}`
  const who = { ann: '', nobody: '', accessor: '', entity: '' }
  const allowed = (allowed_users: string) => ({
    ...USER,
    allowed_users,
    allowed_users_template: true,
  })

  before(async () => {
    await ssh('config/ca', { key_type: 'ed25519' })
    await put(`sys/auth/${auth}`, { type: 'userpass' })
    who.accessor = (await get('sys/auth')).body.data[`${auth}/`].accessor
    const metadata = { ssh: 'ann', two: 'ann,root', all: '*', host: 'db.example.com', odd: '{{x}}' }
    const entity = await put('identity/entity', { name: `${auth}-ann`, metadata })
    who.entity = entity.body.data.id
    const alias = { name: 'ann', canonical_id: who.entity, mount_accessor: who.accessor }
    await put('identity/entity-alias', alias)
    await put('identity/group', {
      ...{ name: `${auth}-ops`, metadata: { account: 'ops' } },
      member_entity_ids: [who.entity],
    })
    // a policy for all below the mount
    await put(`sys/policies/acl/${auth}`, {
      policy: `path "${mount}/*" { capabilities = ["update"] }`,
    })
    await put(`auth/${auth}/users/ann`, { password: 'secret', token_policies: auth })
    const login = await put(`auth/${auth}/login/ann`, { password: 'secret' }, '')
    who.ann = login.body.auth.client_token
    who.nobody = (await put('auth/token/create', { policies: [auth] })).body.auth.client_token
  })
  after(async () => {
    keygen[Symbol.dispose]()
    // a server of our own is gone with all of it
    if (POSTERN) return
    await remove(`sys/auth/${auth}`)
    await remove(`identity/group/name/${auth}-ops`)
    await remove(`identity/entity/id/${who.entity}`)
    await remove(`sys/policies/acl/${auth}`)
  })

  /** Asks for a certificate for {@link key}, as Ann or as somebody without an entity. */
  async function signed(role: object, given: object, token = who.ann) {
    const written = await ssh('roles/r', role)
    expect(written.status, written.text).to.equal(204)
    return ssh('sign/r', { public_key: key, ...given }, token)
  }

  const principalsOf = ({ body, text }: Awaited<ReturnType<typeof signed>>) => {
    expect(body.data, text).to.have.property('signed_key')
    return keygen.certificate(body.data.signed_key).principals
  }

  const FILLED: readonly (readonly [string, () => object, string])[] = [
    ['metadata', () => allowed(`x,ssh-{{${METADATA}.ssh}}`), 'ssh-ann'],
    ['metadata between blanks', () => allowed(`{{ ${METADATA}.ssh }}`), 'ann'],
    [
      'two directives',
      () => allowed(`{{${METADATA}.ssh}}-{{${METADATA}.host}}`),
      'ann-db.example.com',
    ],
    [
      'the name of the alias',
      () => allowed(`{{identity.entity.aliases.${who.accessor}.name}}`),
      'ann',
    ],
    [
      'metadata of a group',
      () => allowed(`{{identity.groups.names.${auth}-ops.metadata.account}}`),
      'ops',
    ],
    ['text without a directive', () => allowed('root'), 'root'],
  ]
  for (const [what, role, principal] of FILLED)
    it(`allow users by ${what}, and no others`, async () => {
      const answer = await signed(role(), { valid_principals: principal })
      expect(principalsOf(answer)).to.deep.equal([principal])
      expectFailure(
        await signed(role(), { valid_principals: 'zed' }),
        400,
        'zed is not a valid value for valid_principals',
      )
    })

  it('name the default user', async () => {
    const role = {
      ...{ ...USER, default_user: `{{${METADATA}.ssh}}`, default_user_template: true },
      allowed_users: 'ann',
    }
    expect(principalsOf(await signed(role, {}))).to.deep.equal(['ann'])
    expectFailure(
      await signed({ ...role, allowed_users: 'bob' }, {}),
      400,
      'ann is not a valid value for valid_principals',
    )
  })

  it('allow domains', async () => {
    const role = {
      ...{ key_type: 'ca', allow_host_certificates: true, allow_bare_domains: true },
      ...{ allowed_domains: `{{${METADATA}.host}}`, allowed_domains_template: true },
    }
    const given = { cert_type: 'host', valid_principals: 'db.example.com' }
    expect(principalsOf(await signed(role, given))).to.deep.equal(['db.example.com'])
  })

  it('fill in extensions', async () => {
    const role = {
      ...{ ...USER, allowed_users: 'u', default_user: 'u', default_extensions_template: true },
      default_extensions: { 'login@github.com': `{{${METADATA}.ssh}}`, 'permit-pty': '' },
    }
    const { body } = await signed(role, {})
    const blob = Buffer.from(body.data.signed_key.split(' ')[1], 'base64').toString('latin1')
    expect(blob).to.include('login@github.com\0\0\0\x07\0\0\0\x03ann').and.to.include('permit-pty')
    const other = await signed(role, {}, who.nobody)
    const { serial_number, signed_key, issuer_id } = other.body.data
    expectReply(other, { data: { serial_number, signed_key, issuer_id }, warnings: [SKIPPED] })
    expect(keygen.certificate(signed_key).extensions).to.deep.equal(['permit-pty'])
  })

  const UNFILLED: readonly (readonly [string, string])[] = [
    [`{{${METADATA}.none}}`, NO_VALUE],
    [`{{identity.entity.aliases.nope.name}}`, 'alias not found'],
    ['{{identity.groups.names.nope.id}}', 'entity is not a member of group "nope"'],
  ]
  for (const [template, why] of UNFILLED)
    it(`are refused for ${template}`, async () =>
      expectFailure(
        await signed(allowed(template), { valid_principals: 'ann' }),
        400,
        `template '${template}' could not be rendered -> ${why}`,
      ))

  // what has no end is no template for OpenBao
  ours('are refused without an end', async () =>
    expectFailure(
      await signed(allowed(`{{${METADATA}.ssh`), { valid_principals: 'ann' }),
      400,
      `template '{{${METADATA}.ssh' could not be rendered -> unbalanced templating characters`,
    ),
  )

  it('are not filled in where the role does not say so', async () => {
    const text = `{{${METADATA}.ssh}}`
    expectFailure(
      await signed(
        { ...allowed(text), allowed_users_template: false },
        { valid_principals: 'ann' },
      ),
      400,
      'ann is not a valid value for valid_principals',
    )
  })

  it('without an entity leave the other users', async () => {
    const role = allowed(`{{${METADATA}.ssh}},u`)
    expect(principalsOf(await signed(role, { valid_principals: 'u' }, who.nobody))).to.deep.equal([
      'u',
    ])
    expectFailure(
      await signed(role, { valid_principals: 'ann' }, who.nobody),
      400,
      'ann is not a valid value for valid_principals',
    )
  })

  // OpenBao signs all of these: values become lists, or stand for all, and templates are names
  const VALUES: readonly (readonly [string, string, string])[] = [
    [`{{${METADATA}.two}}`, 'root', ','],
    [`{{${METADATA}.all}}`, 'root', '*'],
  ]
  for (const [template, principal, character] of VALUES)
    ours(`do not take a value with ${character} for more than one user`, async () =>
      expectFailure(
        await signed(allowed(template), { valid_principals: principal }),
        400,
        `template '${template}' could not be rendered -> template substitution contains forbidden value "${character}"`,
      ),
    )

  ours('take a value for several users where the role says so, and never for all', async () => {
    const role = { ...allowed(`{{${METADATA}.two}}`), allow_commas_in_identity_templates: true }
    expect(principalsOf(await signed(role, { valid_principals: 'root' }))).to.deep.equal(['root'])
    const all = { ...allowed(`{{${METADATA}.all}}`), allow_commas_in_identity_templates: true }
    expect((await signed(all, { valid_principals: 'root' })).status).to.equal(400)
  })

  ours('do not read a value again', async () =>
    expectFailure(
      await signed(allowed(`{{${METADATA}.odd}}`), { valid_principals: '{{x}}' }),
      400,
      '{{x}} is not a valid value for valid_principals',
    ),
  )

  ours('without an entity are no users, and no default user', async () => {
    const text = `{{${METADATA}.ssh}}`
    expectFailure(
      await signed(allowed(text), { valid_principals: text }, who.nobody),
      400,
      `${text} is not a valid value for valid_principals`,
    )
    const role = { ...USER, default_user: text, default_user_template: true, allowed_users: '*' }
    expectFailure(
      await signed(role, {}, who.nobody),
      400,
      `${text} is not a valid value for valid_principals`,
    )
  })

  it('are refused for a default user as for others', async () => {
    const template = `{{${METADATA}.none}}`
    const role = {
      ...USER,
      default_user: template,
      default_user_template: true,
      allowed_users: '*',
    }
    const answer = await signed(role, {})
    expect(answer.status).to.equal(differs(400, 500))
    expect(answer.text).to.include(NO_VALUE)
  })
})
