import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed, UUID } from '../reply.ts'

describe('config/ca', () => {
  const { ssh, get, list, delete: remove, mount } = api()
  const keygen = new Keygen()
  const one = keygen.key('-t', 'ed25519')
  const other = keygen.key('-t', 'ecdsa')
  after(() => keygen[Symbol.dispose]())
  afterEach(() => remove(`${mount}/config/ca`))

  const pair = ({ file, line }: { file: string; line: string }) => ({
    private_key: keygen.read(file),
    public_key: line,
  })
  const both = pair(one)

  /** The default issuer, as it is shown. */
  const shown = async () => (await get(`${mount}/config/ca`)).body.data

  const GENERATED: readonly (readonly [object, RegExp])[] = [
    [{ key_type: 'ed25519' }, /^ssh-ed25519 [\w+/]{68}\n$/],
    [{ key_type: 'ssh-ed25519', generate_signing_key: true }, /^ssh-ed25519 [\w+/]{68}\n$/],
    [{ key_type: 'ed25519', key_bits: 77 }, /^ssh-ed25519 [\w+/]{68}\n$/],
    [{ key_type: 'ec' }, /^ecdsa-sha2-nistp256 [\w+/=]+\n$/],
    [{ key_type: 'ec', key_bits: '384' }, /^ecdsa-sha2-nistp384 [\w+/=]+\n$/],
    [{ key_type: 'ecdsa-sha2-nistp521' }, /^ecdsa-sha2-nistp521 [\w+/=]+\n$/],
    [{ key_type: 'rsa', key_bits: 2048 }, /^ssh-rsa AAAA[\w+/=]+\n$/],
    [{ key_bits: 2048 }, /^ssh-rsa AAAA[\w+/=]+\n$/],
  ]
  for (const [given, line] of GENERATED)
    it(`makes a key for ${JSON.stringify(given)}, which anybody may read`, async () => {
      const answer = await ssh('config/ca', given)
      const { public_key, issuer_id } = answer.body.data
      expect(public_key).to.match(line)
      expect(issuer_id).to.match(UUID)
      expectReply(answer, { data: { public_key, issuer_id, issuer_name: '' } })
      expectReply(await get(`${mount}/config/ca`), { data: answer.body.data })
      for (const token of ['', 'no token at all']) {
        const raw = await get(`${mount}/public_key`, token)
        expect([raw.status, raw.headers['content-type'], raw.text]).to.deep.equal([
          200,
          'text/plain',
          public_key,
        ])
      }
    })

  it('keeps a key that is given, and its line as it is', async () => {
    const answer = await ssh('config/ca', both)
    const { issuer_id } = await shown()
    // as the older of the two specifications and Vault have it
    if (differs(true, false)) expectEmpty(answer)
    else expectReply(answer, { data: { issuer_id, issuer_name: '', public_key: one.line } })
    expectReply(await get(`${mount}/config/ca`), {
      data: { issuer_id, issuer_name: '', public_key: one.line },
    })
    expect((await get(`${mount}/public_key`, '')).text).to.equal(one.line)
    expect((await get(`${mount}/config/ca`)).text).not.to.include('PRIVATE')
  })

  it('takes one key after the other, and keeps all', async () => {
    await ssh('config/ca', both)
    const first = (await shown()).issuer_id
    await ssh('config/ca', pair(other))
    const second = (await shown()).issuer_id
    expect((await get(`${mount}/public_key`, '')).text).to.equal(other.line)
    const { keys, key_info } = (await list(`${mount}/issuers`)).body.data
    expect(keys).to.deep.equal([first, second].sort())
    expect(key_info[first].is_default).to.equal(false)
    expect(key_info[second].is_default).to.equal(true)
    await ssh('config/ca', both)
    // a write is obeyed here, also where it names what is there already
    expect((await shown()).issuer_id).to.equal(differs(first, second))
    expectReply(await remove(`${mount}/config/ca`), {
      warnings: ['Deleted 2 issuers, including default issuer if configured.'],
    })
    expectFailure(await list(`${mount}/issuers`), 404)
  })

  const HALF =
    'only one of public_key and private_key set; both must be set to use, or both must be blank to auto-generate'
  const NOT_BOTH =
    'public_key and private_key must not be set when generate_signing_key is set to true'
  const REFUSED: readonly (readonly [string, object, number, string])[] = [
    ['no key where none is to be made', { generate_signing_key: false }, 400, 'missing public_key'],
    ['half a pair', { public_key: one.line }, 400, HALF],
    ['the other half', { private_key: both.private_key }, 400, HALF],
    [
      'half a pair where none is to be made',
      { public_key: one.line, generate_signing_key: false },
      400,
      differs('missing private_key', HALF),
    ],
    [
      'the other half where none is to be made',
      { private_key: both.private_key, generate_signing_key: 'false' },
      400,
      differs('missing public_key', HALF),
    ],
    ['a pair and the wish for another', { ...both, generate_signing_key: true }, 400, NOT_BOTH],
    [
      'half a pair and the wish for another',
      { public_key: one.line, generate_signing_key: true },
      400,
      NOT_BOTH,
    ],
    [
      'a private key that is none',
      { ...both, private_key: 'x' },
      400,
      differs(
        'Unable to parse private_key as an SSH private key: it is not a private key in PEM',
        'could not parse private_key provided value: ssh: no key found',
      ),
    ],
    [
      'a public key that is none',
      { ...both, public_key: '!' },
      400,
      differs(
        'Unable to parse public_key as an SSH public key: it is not base64',
        'could not parse public_key provided value: illegal base64 data at input byte 0',
      ),
    ],
    ...(
      [
        [{ key_type: 'dsa' }, 'unknown ssh key pair algorithm: dsa'],
        [
          { key_type: 'rsa', key_bits: 1024 },
          'refusing to generate weak rsa key: 1024 bits < 2048 bits',
        ],
        [{ key_type: 'ec', key_bits: 300 }, 'unknown ECDSA key pair algorithm and bits: ec / 300'],
      ] as const
    ).map(
      // OpenBao takes these for faults of its own
      ([given, text]) =>
        [JSON.stringify(given), given, differs(400, 500), differs(text, listed(text))] as const,
    ),
  ]
  for (const [what, given, status, message] of REFUSED)
    it(`refuses ${what}`, async () => {
      expectFailure(await ssh('config/ca', given), status, message)
      expectFailure(await list(`${mount}/issuers`), 404)
    })

  ours('refuses halves of two pairs', async () =>
    expectFailure(
      await ssh('config/ca', { ...both, public_key: other.line }),
      400,
      'public_key does not belong to private_key',
    ),
  )

  it('says what is not configured', async () => {
    const none = 'no default issuer currently configured'
    expectFailure(
      await get(`${mount}/config/ca`),
      400,
      differs("keys haven't been configured yet", none),
    )
    const raw = await get(`${mount}/public_key`, '')
    if (differs(true, false)) expectFailure(raw, 404)
    else expectFailure(raw, 400, none)
    expectEmpty(await remove(`${mount}/config/ca`))
    expectFailure(await get(`${mount}/config/issuers`), 400, none)
  })

  it('is not for everybody, and its public key cannot be written', async () => {
    expectFailure(await get(`${mount}/config/ca`, ''), 403, 'permission denied')
    expectFailure(await ssh('config/ca', {}, ''), 403, 'permission denied')
    expectFailure(await ssh('public_key', {}, ''), 405, 'unsupported operation')
  })
})
