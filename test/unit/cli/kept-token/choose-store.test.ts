import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { currentStore, keepToken } from '../../../../engine/cli/kept-token/choose-store.ts'
import { Secret } from '../../../../shared/secret.ts'

/** As `secret-tool`: keeps the secret in a file, notes its arguments, and answers as told. */
const SECRET_TOOL = `#!/bin/sh
cd "$HOME"
echo "$*" >> said
[ -e locked ] && { [ "$1" = lookup ] || echo "secret-tool: Cannot create an item in a locked collection" >&2; exit 1; }
[ -e away ] && { echo "secret-tool: Could not connect: No such file or directory" >&2; exit 1; }
case $1 in
store) cat > entry ;;
lookup) [ -e entry ] && cat entry || exit 1 ;;
clear) rm entry 2>/dev/null || exit 1 ;;
esac
`

const TOKEN = 'hvs.one'
const lifetime = { ttl: 3600, granted: 3600, renewable: true }

describe('The place of the token', () => {
  let home: string
  let warnings: string[]
  const at = (name: string) => join(home, name)
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'postern-home-'))
    warnings = []
    mkdirSync(at('bin'))
    writeFileSync(at('bin/secret-tool'), SECRET_TOOL, { mode: 0o755 })
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const DESKTOP = { DISPLAY: ':0', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1/bus' }

  function context(more: Readonly<Record<string, string>> = {}) {
    return {
      environment: { HOME: home, PATH: `${at('bin')}:/usr/bin:/bin`, ...more },
      address: new URL('https://engine:8200/'),
      attended: false,
      warn: (text: string) => void warnings.push(text),
    }
  }

  const keep = async (more = {}, token = TOKEN) =>
    (await keepToken({ token: new Secret(token), lifetime }, context(more))).kind
  const read = async (more = {}) => (await currentStore(context(more))).read()
  const refusal = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message)

  it('is the file where there is no desktop', async () => {
    expect(await keep()).to.equal('file')
    expect([await read(), existsSync(at('said'))]).to.deep.equal([TOKEN, false])
  })

  for (const [why, more] of [
    ['no display', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1/bus' }],
    ['no bus', { DISPLAY: ':0' }],
    ['no secret-tool', { ...DESKTOP, PATH: '/nonexistent' }],
    ['POSTERN_TOKEN_STORE=file', { ...DESKTOP, POSTERN_TOKEN_STORE: 'file' }],
  ] as const)
    it(`is the file with ${why}`, async () => {
      expect(await keep(more)).to.equal('file')
      expect([await read(more), existsSync(at('said'))]).to.deep.equal([TOKEN, false])
    })

  it('is the keyring on a desktop, for a first login, and for all commands after it', async () => {
    expect(await keep(DESKTOP)).to.equal('keyring')
    expect(existsSync(at('.vault-token'))).to.equal(false)
    expect(await read(DESKTOP)).to.equal(TOKEN)
    expect(await read()).to.equal(TOKEN)
    expect(await keep({}, 'hvs.two')).to.equal('keyring')
    expect([await read(), warnings]).to.deep.equal(['hvs.two', []])
  })

  it('has the token in no argument', async () => {
    await keep(DESKTOP)
    expect(readFileSync(at('said'), 'utf8')).to.equal(
      'store --label=Postern token application postern type token\n',
    )
  })

  it('stays the file for those who have it', async () => {
    writeFileSync(at('.vault-token'), 'hvs.old', { mode: 0o600 })
    expect(await keep(DESKTOP)).to.equal('file')
    rmSync(at('.vault-token'))
    expect(await keep(DESKTOP)).to.equal('file')
  })

  it('is the file again once another client has written it', async () => {
    await keep(DESKTOP)
    writeFileSync(at('.vault-token'), 'hvs.bao', { mode: 0o600 })
    expect(await read(DESKTOP)).to.equal('hvs.bao')
    expect(await keep(DESKTOP)).to.equal('file')
  })

  it('is the keyring where that is set, which leaves no file', async () => {
    const set = { POSTERN_TOKEN_STORE: 'keyring' }
    writeFileSync(at('.vault-token'), 'hvs.old', { mode: 0o600 })
    expect(await keep(set)).to.equal('keyring')
    expect([await read(set), existsSync(at('.vault-token'))]).to.deep.equal([TOKEN, false])
    const store = await currentStore(context(set))
    store.erase()
    store.erase()
    expect(await read(set)).to.equal(undefined)
  })

  for (const [state, reason] of [
    ['locked', 'secret-tool: Cannot create an item in a locked collection'],
    ['away', 'secret-tool: Could not connect: No such file or directory'],
  ] as const)
    it(`is the file where the keyring is ${state}, and none where the keyring is set`, async () => {
      writeFileSync(at(state), '')
      const text = `Error storing token: the keyring: ${reason}`
      expect(await refusal(keep({ POSTERN_TOKEN_STORE: 'keyring' }))).to.equal(text)
      rmSync(at('.local'), { recursive: true })
      expect(await keep(DESKTOP)).to.equal('file')
      expect(warnings).to.deep.equal([`${text}. It is kept in a file instead.`])
      expect(await read(DESKTOP)).to.equal(TOKEN)
    })

  it('is one that there is', async () => {
    expect(await refusal(read({ POSTERN_TOKEN_STORE: 'kwallet' }))).to.equal(
      'POSTERN_TOKEN_STORE is "file" or "keyring"',
    )
    expect(await refusal(keep({ POSTERN_TOKEN_STORE: 'keyring', PATH: '/none' }))).to.equal(
      'Error storing token: the keyring: there is no program secret-tool: install libsecret-tools, or set POSTERN_TOKEN_STORE=file',
    )
  })

  describe('with a token helper', () => {
    const configure = (text = `token_helper = "${at('helper')}"`) =>
      writeFileSync(at('.vault'), text)
    beforeEach(() => {
      writeFileSync(
        at('helper'),
        '#!/bin/sh\ncd "$HOME"\necho "$1 $VAULT_ADDR $BAO_ADDR [$VAULT_TOKEN]" >> said\n[ ! -e broken ] || { echo "no such vault" >&2; exit 3; }\ncase $1 in store) cat > entry ;; get) cat entry ;; erase) rm entry ;; esac\n',
        { mode: 0o755 },
      )
      configure()
    })

    it('is that, by Vault’s protocol', async () => {
      writeFileSync(at('.vault-token'), 'hvs.old', { mode: 0o600 })
      expect(await keep({ ...DESKTOP, VAULT_TOKEN: 'hvs.other' })).to.equal('helper')
      expect(await read(DESKTOP)).to.equal(TOKEN)
      const store = await currentStore(context())
      store.erase()
      expect(existsSync(at('entry'))).to.equal(false)
      const address = 'https://engine:8200'
      expect(readFileSync(at('said'), 'utf8')).to.equal(
        ['store', 'get', 'erase'].map(word => `${word} ${address} ${address} []\n`).join(''),
      )
    })

    it('is not that where POSTERN_TOKEN_STORE says otherwise', async () => {
      expect(await keep({ POSTERN_TOKEN_STORE: 'file' })).to.equal('file')
    })

    it('is found in JSON, in ~/.bao, and where a variable names the file', async () => {
      configure(`{"token_helper": "${at('helper')}"}`)
      expect(await keep()).to.equal('helper')
      rmSync(at('.vault'))
      writeFileSync(at('.bao'), `token_helper = "${at('helper')}"`)
      expect(await keep()).to.equal('helper')
      expect(await keep({ BAO_CONFIG_PATH: at('none') })).to.equal('file')
      expect(await keep({ VAULT_CONFIG_PATH: '~/.bao' })).to.equal('helper')
    })

    it('says what is wrong with it, and uses nothing else', async () => {
      writeFileSync(at('broken'), '')
      expect(await refusal(read())).to.equal('Error from the token helper, get: no such vault')
      expect(await refusal(keep())).to.equal('Error from the token helper, store: no such vault')
      expect(existsSync(at('.vault-token'))).to.equal(false)
    })

    for (const [why, spoil, message] of [
      ['is no path', () => configure('token_helper = "helper"'), 'must be the absolute path'],
      ['is no text', () => configure('token_helper = 1'), 'must be the absolute path'],
      ['cannot be read', () => configure('token_helper = "'), 'error parsing config file at'],
      ['can be changed by others', () => chmodSync(at('.vault'), 0o666), 'can be changed by other'],
      ['is missing', () => rmSync(at('helper')), 'there is no program'],
    ] as const)
      it(`is none where it ${why}`, async () => {
        spoil()
        expect(await refusal(read())).to.include(message)
      })

    for (const [what, make] of [
      ['a file of another program', () => configure('$ANSIBLE_VAULT;1.1;AES256\n6634')],
      ['an empty name', () => configure('token_helper = ""')],
      [
        'a directory',
        () => {
          rmSync(at('.vault'))
          mkdirSync(at('.vault'))
        },
      ],
    ] as const)
      it(`is none for ${what}`, async () => {
        make()
        expect(await keep()).to.equal('file')
      })
  })
})
