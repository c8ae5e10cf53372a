import { expect } from 'chai'
import { planImport } from '../../../../engine/cli/import/plan-import.ts'
import type {
  AuthMount,
  Group,
  Snapshot,
  SshMount,
} from '../../../../engine/cli/snapshot/snapshot.ts'

const EMPTY: Snapshot = {
  clusterId: 'a',
  sshMounts: [],
  authMounts: [],
  policies: new Map(),
  entities: [],
  groups: [],
  unreadable: [],
  foreign: [],
}

const mount = { path: 'ssh/', type: 'ssh', accessor: 'ssh_1', description: '', config: {} }
const sshMount = (parts: Partial<SshMount>): SshMount => ({
  ...{ ...mount, roles: new Map(), zeroAddress: [], issuers: [], adminKeys: [] },
  ...parts,
})
const authMount = (type: string, parts: Partial<AuthMount>): AuthMount => ({
  ...{ ...mount, path: `${type}/`, type, accessor: `auth_${type}_1` },
  ...{ records: new Map(), secretIds: new Map() },
  ...parts,
})
const group = (name: string, parts: Partial<Group> = {}): Group => ({
  ...{ id: `id-${name}`, name, type: 'internal', policies: [], metadata: {} },
  ...{ members: [], groups: [], alias: undefined },
  ...parts,
})
const issuer = {
  id: 'i1',
  name: 'main',
  publicKey: 'ssh-ed25519 AAAA',
  isDefault: false,
  state: 'staged',
}

/** The paths that would be written, and the reasons for what is left. */
function planned(source: Partial<Snapshot>, target: Partial<Snapshot> = {}) {
  const plan = planImport(
    { ...EMPTY, ...source },
    { ...EMPTY, clusterId: 'b', ...target },
    new Map(),
  )
  return {
    paths: plan.steps.map(({ path }) => path),
    reasons: plan.left.map(({ reason }) => reason).join('\n'),
    same: plan.same,
  }
}

describe('planImport', () => {
  it('makes groups after the groups that are their members', () => {
    const groups = [group('all', { groups: ['ops'] }), group('ops')]
    expect(planned({ groups }).paths).to.deep.equal(['identity/group ops', 'identity/group all'])
  })

  it('leaves groups whose members could not be read, since it would remove them', () => {
    const hidden = { groups: [group('ops')], unreadable: ['identity/entity/id'] }
    const { paths, reasons } = planned(hidden, { groups: [group('ops', { members: ['ann'] })] })
    expect(paths).to.deep.equal([])
    expect(reasons).to.match(/their members could not all be read/)
  })

  it('takes a member out of a group that has left it', () => {
    const { paths } = planned(
      { groups: [group('ops')] },
      { groups: [group('ops', { members: ['ann'] })] },
    )
    expect(paths).to.deep.equal(['identity/group ops'])
  })

  it('leaves a role whose issuer the target does not have, rather than let another sign', () => {
    const roles = new Map([['people', { key_type: 'ca', issuer_ref: 'main' }]])
    const { paths, reasons } = planned({ sshMounts: [sshMount({ roles, issuers: [issuer] })] })
    expect(paths).to.deep.equal(['sys/mounts/ssh'])
    expect(reasons).to.match(/does not have the issuer that it names/)
  })

  it('knows an issuer by its key, whatever its id', () => {
    const roles = (ref: string) => new Map([['people', { key_type: 'ca', issuer_ref: ref }]])
    const source = sshMount({ roles: roles('main'), issuers: [issuer] })
    const other = { ...issuer, id: 'i2', name: '' }
    const target = sshMount({ roles: roles('i2'), issuers: [other] })
    const { paths, same } = planned({ sshMounts: [source] }, { sshMounts: [target] })
    expect(paths).to.deep.equal([])
    expect(same).to.equal(3)
  })

  it('leaves a dynamic role until its admin key is there', () => {
    const roles = new Map([['dyn', { key_type: 'dynamic', key: 'admin' }]])
    const source = { sshMounts: [sshMount({ roles })] }
    expect(planned(source).reasons).to.match(/no server tells its admin key admin/)
    const target = { sshMounts: [sshMount({ adminKeys: ['admin'] })] }
    expect(planned(source, target).paths).to.deep.equal(['ssh/roles/dyn'])
  })

  it('keeps the zero-address roles that only the target has', () => {
    const role = { key_type: 'otp' }
    const source = sshMount({ roles: new Map([['web', role]]), zeroAddress: ['web'] })
    const target = sshMount({ roles: new Map([['web', role]]), zeroAddress: ['own', 'web'] })
    expect(planned({ sshMounts: [source] }, { sshMounts: [target] }).paths).to.deep.equal([])
  })

  it('brings nothing to a path where the target has something else', () => {
    const source = { sshMounts: [sshMount({ roles: new Map([['web', { key_type: 'otp' }]]) })] }
    const { paths, reasons } = planned(source, { foreign: [{ ...mount, type: 'kv' }] })
    expect(paths).to.deep.equal([])
    expect(reasons).to.match(/has something of the type kv there/)
  })

  it('makes service tokens of batch tokens, and says so', () => {
    const records = new Map([
      ['role/ci', { token_type: 'batch', policies: ['x'], token_policies: ['x'] }],
    ])
    const source = authMount('approle', { records })
    const { reasons } = planned({ authMounts: [source] })
    expect(reasons).to.match(/no batch tokens/)
    const present = authMount('approle', {
      records: new Map([['role/ci', { token_type: 'default', token_policies: ['x'] }]]),
    })
    expect(planned({ authMounts: [source] }, { authMounts: [present] }).paths).to.deep.equal([])
  })

  it('does not write a configuration without its client secret', () => {
    const source = authMount('oidc', { records: new Map([['config', { oidc_client_id: 'x' }]]) })
    const { paths, reasons } = planned({ authMounts: [source] })
    expect(paths).to.deep.equal(['sys/auth/oidc'])
    expect(reasons).to.match(/no server tells the client secret/)
  })

  it('gives a role the mode of logins that there is, and says so', () => {
    const role = (mode: string) =>
      authMount('oidc', { records: new Map([['role/people', { callback_mode: mode }]]) })
    const source = { authMounts: [role('direct')] }
    expect(planned(source).reasons).to.match(/no mode "direct"/)
    expect(planned(source, { authMounts: [role('client')] }).paths).to.deep.equal([])
    expect(planned({ authMounts: [role('device')] }).reasons).to.equal('')
  })

  it('names a policy that cannot be read here', () => {
    const text = 'path "a" {\n  capabilities = ["read"]\n  control_group = {}\n}\n'
    const { paths, reasons } = planned({ policies: new Map([['x', text]]) })
    expect(paths).to.deep.equal([])
    expect(reasons).to.match(/Postern refuses it: .*control_group/)
  })
})
