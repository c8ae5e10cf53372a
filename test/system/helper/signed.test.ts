import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import type { ExitReason } from '../../../helper/exit-codes.ts'
import { publicKeyIn, signText } from '../../../shared/ed25519.ts'
import { Secret } from '../../../shared/secret.ts'
import { keySetText, replyText, type SignedReply } from '../../../shared/verify-signature.ts'
import { Bed, type Ended, expectEnd, HERE, OTP, together } from '../../support/helper.ts'
import { type Conduct, reply } from '../../support/hostile.ts'

const newKey = () => generateKeyPairSync('ed25519').privateKey
const [key, other] = [newKey(), newKey()]
const textOf = (each: KeyObject) => publicKeyIn(each).text

const TIME = '2026-01-01T00:00:00.000Z'
const LOGIN = { username: 'alice', ip: HERE, role: 'ops' }
const NOBODY = { username: '', ip: '', role: '' }

/** What an engine signs of a request, and with which key. */
const signatureOf = (nonce: unknown, said: Partial<SignedReply>, by = key) => ({
  key_id: publicKeyIn(by).id,
  time: TIME,
  signature: signText(
    by,
    replyText({
      ...{ mount: 'ssh', nonce: String(nonce), otp: new Secret(OTP), decision: 'allowed' },
      ...{ reason: '', ...LOGIN, time: TIME, requestId: 'id', ...said },
    }),
  ),
})

/** An answer that lets the user in, with a signature over what `said` changes. */
const granting =
  (said: Partial<SignedReply> = {}, by = key, data: object = {}): Exclude<Conduct, string> =>
  (_, { nonce }) =>
    reply(200, {
      request_id: 'id',
      data: {
        ...{ username: 'alice', ip: HERE, role_name: 'ops', nonce },
        ...signatureOf(nonce, said, by),
        ...data,
      },
    })

const refusing =
  (said: Partial<SignedReply> = {}): Conduct =>
  (_, { nonce }) => {
    const refused = { ...NOBODY, decision: 'refused', reason: 'OTP not found', ...said } as const
    return reply(400, {
      ...{ errors: ['OTP not found'], request_id: 'id' },
      ...signatureOf(nonce, refused),
    })
  }

/** The first answer that came, given again to whoever asks. */
function replaying(): Conduct {
  let first: string | undefined
  return (_, { nonce }) => {
    first ??= granting()(undefined as never, { nonce })
    return first
  }
}

/** What somebody in the engine's place may answer, whose certificate the host trusts. */
const CASES: readonly (readonly [string, Conduct, ExitReason, RegExp])[] = [
  ['the answer of the engine', granting(), 'allowed', /decision=allowed/],
  [
    'an answer without a signature',
    granting({}, key, { signature: undefined }),
    'protocol',
    /is not signed/,
  ],
  [
    'an empty signature',
    granting({}, key, { signature: '' }),
    'protocol',
    /signature is not a text/,
  ],
  ['a signature by another key', granting({}, other), 'protocol', /which is none of verify_keys/],
  [
    'another key under the name of the right one',
    granting({}, other, { key_id: publicKeyIn(key).id }),
    'protocol',
    /the signature is not that of this answer/,
  ],
  [
    'a signature without a time',
    granting({}, key, { time: undefined }),
    'protocol',
    /time is not a text/,
  ],
  [
    'the answer to another nonce',
    granting({ nonce: 'f'.repeat(32) }),
    'protocol',
    /not that of this answer/,
  ],
  [
    'the answer to another nonce, which it names',
    granting({ nonce: 'f'.repeat(32) }, key, { nonce: 'f'.repeat(32) }),
    'protocol',
    /to another question/,
  ],
  [
    'the answer of another mount',
    granting({ mount: 'other' }),
    'protocol',
    /not that of this answer/,
  ],
  [
    'the answer for another password',
    granting({ otp: new Secret('x') }),
    'protocol',
    /not that of/,
  ],
  ['a signed refusal as a login', granting({ decision: 'refused' }), 'protocol', /not that of/],
  [
    'a signed echo as a login',
    granting({ ...NOBODY, decision: 'echo' }),
    'protocol',
    /not that of/,
  ],
  ['the answer for another user', granting({ username: 'bob' }), 'protocol', /not that of/],
  ['the answer for another address', granting({ ip: '10.1.2.4' }), 'protocol', /not that of/],
  ['the answer of another role', granting({ role: 'admins' }), 'protocol', /not that of/],
  [
    'another user, signed',
    granting({ username: 'bob' }, key, { username: 'bob' }),
    'denied',
    /for the user/,
  ],
  ['a refusal', refusing(), 'denied', /reason="[^"]*OTP not found"/],
  [
    'a refusal that nobody signed',
    reply(400, { errors: ['OTP not found'] }),
    'denied',
    /OTP not found \(the answer is not signed/,
  ],
  [
    'a refusal for another request',
    refusing({ nonce: 'x' }),
    'denied',
    /OTP not found \(the signature is not/,
  ],
  ['503 since it is sealed', reply(503, { errors: ['Vault is sealed'] }), 'unavailable', /sealed/],
  ['429', reply(429, { errors: ['no'] }), 'unavailable', /429/],
]

describe('The helper with verify_keys, answered with', function () {
  this.timeout(60_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  const settings = (more: object = {}) => ({
    verify_keys: [textOf(key)],
    state_directory: join(bed.folder, 'none'),
    ...more,
  })

  let ends: ReadonlyMap<string, Ended>
  before(async () => {
    ends = await together(CASES, async ([, conduct]) => {
      await using engine = await bed.engine(conduct)
      return await bed.run({ engines: [engine], settings: settings() })
    })
  })
  for (const [what, , end, reason] of CASES)
    it(`${what}: ${end}`, () => {
      const ended = ends.get(what)!
      expectEnd(ended, end)
      expect(ended.log).to.match(reason)
    })

  it('what was answered before: protocol', async () => {
    await using engine = await bed.engine(replaying())
    const run = () => bed.run({ engines: [engine], settings: settings() })
    expectEnd(await run(), 'allowed')
    for (let time = 0; time < 3; time++) expectEnd(await run(), 'protocol')
    // who answers in the engine's place learns no password
    expect(engine.received)
      .to.match(/"sealed":/)
      .and.not.contain(OTP)
  })

  it('a refusal of a sealed engine, and then the answer of the next one: allowed', async () => {
    await using sealed = await bed.engine(reply(503, { errors: ['Vault is sealed'] }))
    await using good = await bed.engine(granting())
    expectEnd(await bed.run({ engines: [sealed, good], settings: settings() }), 'allowed')
  })

  it('an unsigned answer, and asks no other engine', async () => {
    await using unsigned = await bed.engine(granting({}, key, { signature: undefined }))
    await using good = await bed.engine(granting())
    expectEnd(await bed.run({ engines: [unsigned, good], settings: settings() }), 'protocol')
    expect(good.requests).to.equal(0)
  })

  for (const keys of [[], ['ed25519:'], ['x'], [''], [`${textOf(key)}x`]])
    it(`verify_keys = ${JSON.stringify(keys)}: settings`, async () => {
      await using engine = await bed.engine(granting())
      const ended = await bed.run({ engines: [engine], settings: settings({ verify_keys: keys }) })
      expectEnd(ended, 'settings')
      expect(engine.requests).to.equal(0)
    })

  describe('after it has fetched the keys', () => {
    /** The set of keys, as an engine of this mount answers with it. */
    const setOf = (
      keys: readonly KeyObject[],
      { version = 2, signers = keys, mountId = 'm' } = {},
    ) => {
      const states = keys.map(
        (_, at) => (at === 0 ? 'retiring' : 'active') as 'retiring' | 'active',
      )
      const listed = keys.map((each, at) => ({ text: textOf(each), state: states[at]! }))
      const text = keySetText({ mountId, version, keys: listed })
      return reply(200, {
        data: {
          ...{ mount_id: mountId, version },
          keys: listed.map(({ text: public_key, state }, at) => ({
            ...{ public_key, state, key_id: publicKeyIn(keys[at]!).id },
            signature: signText(signers[at] ?? signers[0]!, text),
          })),
        },
      })
    }

    const fetched = async (directory: string, ...sets: readonly string[]) => {
      const ended = []
      for (const set of sets) {
        await using engine = await bed.engine(set)
        ended.push(
          await bed.run({
            ...{ engines: [engine], verb: 'verify-keys', host: basename(directory) },
            settings: settings({ state_directory: directory }),
          }),
        )
      }
      return ended
    }
    const login = async (directory: string, by: KeyObject, keys = [textOf(key)]) => {
      await using engine = await bed.engine(granting({}, by))
      return await bed.run({
        ...{ engines: [engine], host: basename(directory) },
        settings: settings({ state_directory: directory, verify_keys: keys }),
      })
    }
    const place = (name: string) => join(bed.folder, name)

    it('takes the answers of the next key, and of the one before', async () => {
      const directory = place('next')
      const [ended] = await fetched(directory, setOf([key, other]))
      expect(ended!.stdout).to.equal(`${directory}/verify-keys now has 2 keys\n`)
      expectEnd(await login(directory, other), 'allowed')
      expectEnd(await login(directory, key), 'allowed')
    })

    it('takes no answer of a key that has been deleted, though helper.toml names it', async () => {
      const directory = place('deleted')
      const ended = await fetched(directory, setOf([key, other]), setOf([other], { version: 3 }))
      expect(ended.map(({ code }) => code)).to.deep.equal([0, 0])
      expectEnd(await login(directory, key), 'protocol')
      expectEnd(await login(directory, other), 'allowed')
    })

    it('takes those of helper.toml again once an administrator has changed them', async () => {
      const directory = place('changed')
      await fetched(directory, setOf([key, other]), setOf([other], { version: 3 }))
      expectEnd(await login(directory, key, [textOf(key), textOf(newKey())]), 'allowed')
    })

    it('keeps its keys if a set is not signed by a trusted key, older, or of another mount', async () => {
      const directory = place('kept')
      const stranger = newKey()
      const ended = await fetched(
        directory,
        setOf([stranger]),
        setOf([key, stranger], { signers: [stranger, stranger] }),
        setOf([key, other]),
        setOf([other], { version: 1 }),
        setOf([other], { version: 3, mountId: 'another' }),
      )
      const words = ended.map(({ stdout, stderr }) => stdout + stderr)
      expect(words[0]).to.match(/none of the keys that this host trusts/)
      expect(words[1]).to.match(/none of the keys that this host trusts/)
      expect(words[2]).to.match(/now has 2 keys/)
      expect(words[3]).to.match(/the engine has version 1 of the keys, this host has 2/)
      expect(words[4]).to.match(/keys of another mount/)
      expectEnd(await login(directory, key), 'allowed')
    })

    it('denies where the file is damaged, until it is fetched again', async () => {
      const directory = place('damaged')
      await fetched(directory, setOf([key, other]))
      const file = `${directory}/verify-keys`
      const whole = readFileSync(file, 'utf8')
      const DAMAGES = [
        '',
        'x',
        whole.slice(0, 40),
        whole.replace(' 1\n', ' 2\n'),
        whole.replaceAll(/^key .*\n/gm, ''),
        whole.replace('ed25519:', 'ed25519:x'),
      ]
      for (const damaged of DAMAGES) {
        writeFileSync(file, damaged)
        const ended = await login(directory, key)
        expectEnd(ended, 'settings')
        expect(ended.log).to.match(/postern-helper verify-keys/)
      }
      await fetched(directory, setOf([key, other]))
      expectEnd(await login(directory, other), 'allowed')
    })

    it('denies if another user could have written the file', async () => {
      const directory = place('writable')
      await fetched(directory, setOf([key, other]))
      chmodSync(`${directory}/verify-keys`, 0o666)
      expectEnd(await login(directory, key), 'settings')
    })
  })
})
