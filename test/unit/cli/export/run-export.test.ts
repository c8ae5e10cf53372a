import { expect } from 'chai'
import { terraformText } from '../../../../engine/cli/export/run-export.ts'
import type { Snapshot } from '../../../../engine/cli/snapshot/snapshot.ts'

const mount = { type: 'ssh', accessor: 'ssh_1', description: '', config: {} }
const issuer = { id: 'i', name: '', publicKey: 'ssh-ed25519 AAAA', isDefault: true, state: '' }

const SNAPSHOT: Snapshot = {
  clusterId: 'a',
  sshMounts: [
    {
      ...mount,
      path: 'ssh/',
      roles: new Map([
        ['web', { key_type: 'otp', default_user: 'ubuntu', exclude_cidr_list: '10.0.0.0/8,::/0' }],
        ['short', { key_type: 'otp', default_user: 'ubuntu', otp_format: 'base32' }],
      ]),
      zeroAddress: ['web'],
      issuers: [issuer],
      adminKeys: [],
    },
  ],
  authMounts: [
    {
      ...{ ...mount, type: 'userpass', path: 'userpass/', accessor: 'auth_userpass_1' },
      records: new Map([['users/ann', { token_ttl: 3600 }]]),
      secretIds: new Map(),
    },
  ],
  policies: new Map([
    ['default', 'path "x" {}'],
    ['own', 'path "a/{{identity.entity.aliases.auth_userpass_1.name}}" {}'],
  ]),
  entities: [],
  groups: [],
  unreadable: [],
  foreign: [{ ...mount, type: 'kv', path: 'secret/' }],
}

describe('terraformText', () => {
  const text = terraformText(SNAPSHOT, false)

  it('writes roles with the fields of the provider, and others as they are', () => {
    expect(text).to.include(`resource "vault_ssh_secret_backend_role" "ssh_web" {
  name              = "web"
  backend           = vault_mount.ssh.path
  key_type          = "otp"
  default_user      = "ubuntu"
  exclude_cidr_list = ["10.0.0.0/8", "::/0"]
}`)
    expect(text).to.match(
      /resource "vault_generic_endpoint" "ssh_roles_short" \{[^}]*"otp_format" += "base32"/,
    )
    expect(text).to.match(/depends_on = \[vault_ssh_secret_backend_role\.ssh_web\]/)
  })

  it('protects the CA, and has no password', () => {
    expect(text).to.match(/vault_ssh_secret_backend_ca" "ssh" \{[^}]*prevent_destroy = true/)
    expect(text).to.match(
      /"password" += lookup\(var\.passwords, "auth\/userpass\/users\/ann", null\)/,
    )
  })

  it('names accessors in templates by reference', () => {
    expect(text).to.include(`aliases.\${vault_auth_backend.userpass.accessor}.name}}`)
    expect(text).to.not.include('auth_userpass_1')
  })

  it('names what is not in it', () => {
    expect(text).to.match(/# {3}the passwords of auth\/userpass\/\n# {3}secret\/, of the type kv\n/)
    expect(text).to.not.include('"default"\n')
  })

  it('adopts what is there if it is asked to', () => {
    expect(text).to.not.match(/^import \{/m)
    expect(terraformText(SNAPSHOT, true)).to.include(
      'import {\n  to = vault_ssh_secret_backend_role.ssh_web\n  id = "ssh/roles/web"\n}',
    )
  })

  it('lets no name of a user, a key or a mount be more than a text', () => {
    const evil = `\${file("/etc/shadow")}`
    const hostile: Snapshot = {
      ...SNAPSHOT,
      authMounts: SNAPSHOT.authMounts.map(each => ({
        ...each,
        records: new Map([[`users/${evil}`, { token_ttl: 1 }]]),
      })),
      entities: [
        {
          ...{ id: 'e', name: evil, policies: [evil], metadata: { [evil]: evil } },
          ...{ disabled: false, aliases: [] },
        },
      ],
      foreign: [{ ...mount, type: 'kv', path: 'a\nresource "x" "y" {}\n/' }],
    }
    const written = terraformText(hostile, true)
    expect(written.split('file(').length).to.be.greaterThan(6)
    expect(written).to.not.match(/(?<!\$)\$\{file/)
    expect(written).to.not.match(/^resource "x"/m)
  })
})
