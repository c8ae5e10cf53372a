import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { knownFrom, noteToken } from '../../../../engine/cli/kept-token/known-token.ts'
import { rememberLogin } from '../../../../engine/cli/kept-token/last-login.ts'
import { TerminalUser } from '../../../../engine/cli/kept-token/terminal-user.ts'
import { BufferedOutput } from '../../../../engine/cli/outputs.ts'
import { Secret } from '../../../../shared/secret.ts'

const TOKEN = new Secret('hvs.one')
const SERVER = { address: new URL('https://engine:8200/'), namespace: undefined }

describe('TerminalUser', () => {
  let environment: { HOME: string }
  beforeEach(() => {
    environment = { HOME: mkdtempSync(join(tmpdir(), 'postern-home-')) }
  })
  afterEach(() => rmSync(environment.HOME, { recursive: true }))

  function user(server = SERVER) {
    const stderr = new BufferedOutput({})
    const io = { environment, stderr, self: ['false'] }
    return { stderr, user: new TerminalUser({ ...server, io, connection: [] }) }
  }

  const note = (ttl: number, granted: number, renewable = false) =>
    noteToken(
      knownFrom({ token: TOKEN, lifetime: { ttl, granted, renewable } }, 'other'),
      environment,
    )

  const mentioned = (token = TOKEN) => {
    const { stderr, user: one } = user()
    one.mention(token)
    return stderr.text
  }

  for (const [what, ttl, granted, text] of [
    ['the last tenth', 359, 3600, 'Your token expires in 5 minutes.\n'],
    ['the last seconds', 40, 600, 'Your token expires in 40 seconds.\n'],
    ['the last hour of a long life', 3590, 2_764_800, 'Your token expires in 59 minutes.\n'],
    ['what is before that', 361, 3600, ''],
    ['the last day of a long life', 4000, 2_764_800, ''],
    ['a life without end', 0, 0, ''],
  ] as const)
    it(`mentions ${text ? '' : 'nothing in '}${what}`, () => {
      note(ttl, granted)
      expect(mentioned()).to.equal(text)
      expect(mentioned()).to.equal('')
    })

  it('says nothing of another token than the one that is known', () => {
    note(10, 3600)
    expect(mentioned(new Secret('hvs.other'))).to.equal('')
    expect(mentioned()).to.not.equal('')
  })

  it('says how to extend it, and how to get another', () => {
    note(300, 3600, true)
    rememberLogin(
      SERVER,
      { method: 'userpass', mount: 'people', given: { username: 'ann', password: 's3cret' } },
      environment,
    )
    expect(mentioned()).to.match(
      /^Your token expires in [45] minutes: "postern token renew" extends it, up to its maximum; "postern login -method=userpass -path=people username=ann" gets another\.\n$/,
    )
  })

  it('offers a login to the server of the last one only', () => {
    expect(user().user.canLogIn()).to.equal(false)
    rememberLogin(SERVER, { method: 'oidc', mount: 'oidc', given: {} }, environment)
    expect(user().user.canLogIn()).to.equal(true)
    for (const other of [
      { ...SERVER, address: new URL('https://other:8200/') },
      { ...SERVER, namespace: 'team/' },
    ])
      expect(user(other as typeof SERVER).user.canLogIn()).to.equal(false)
  })

  for (const [why, method, given] of [
    ['of a machine', 'approle', { role_id: 'id', secret_id: 'secret' }],
    ['with a token', 'token', {}],
    ['with a name from a file', 'userpass', { username: '-' }],
    ['with data from standard input', 'userpass', undefined],
  ] as const)
    it(`offers no login ${why}, and forgets the one before`, () => {
      rememberLogin(SERVER, { method: 'oidc', mount: 'oidc', given: {} }, environment)
      rememberLogin(SERVER, { method, mount: method, given }, environment)
      expect(user().user.canLogIn()).to.equal(false)
    })
})
