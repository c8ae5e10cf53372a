import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { cases } from '../../support/cases.ts'
import { filledStore, type Rows } from '../../support/filled-store.ts'
import { Keygen } from '../../support/keygen.ts'
import {
  PASSWORD_PROBE,
  PROBES,
  type Started,
  started,
  stop,
  unnoticed,
} from '../../support/store-probes.ts'

const LONG = Boolean(process.env.POSTERN_TEST_LONG)

/** What goes unnoticed, and the sentence in SECURITY.md that says so. */
const ALLOWED: readonly (readonly [
  action: string,
  row: RegExp,
  allowed: RegExp,
  sentence: string,
])[] = [
  ['put back', /^policy\/acl\//, /policy/, 'a policy, also one that has been deleted'],
  ['put back', /^mount\/\*\/roles\//, /^a role is/, 'a role, also one that has been deleted'],
  [
    'put back',
    /^token\/id\//,
    /^a token is/,
    'a token that was revoked or used up, until it expires',
  ],
  [
    'put back',
    /^mount\/\*\/secret-id\//,
    /^a secret id is/,
    'a secret id that was used up or destroyed',
  ],
  ['put back', /^mount\/\*\/user\//, /^a password is changed/, "a user's older password"],
  ['put back', /^identity\/entity\//, /^an entity/, 'an entity that has been disabled since'],
  [
    'put back',
    /^identity\/member\//,
    /^the policy of a group/,
    'an entity or a group without the groups it was added to since',
  ],
  [
    'put back',
    /^mount\/\*\/hosts\//,
    /^a host is/,
    'a host that has been disabled, deleted or enrolled again since',
  ],
  [
    'put back',
    /^mount\/\*\/enroll-token\//,
    /^an enrolment token/,
    'an enrolment token that was used up, until it expires',
  ],
  [
    'put back',
    /^mount\/\*\/verify-settings\//,
    /^nobody verifies/,
    'the settings of who may verify',
  ],
  ['put back', /^core\/quota\//, /^a quota/, 'a quota'],
  ['put back', /^core\/seal\/recovery$/, /^recovery keys/, 'the shares from before the last rekey'],
  [
    'put back',
    /^mount\/\*\/revoked\/state$/,
    /^a (certificate|key id) is revoked/,
    'the record of which revocations exist',
  ],
]

/** What a name is of: those of one kind differ only in ids, hashes and times. */
const kindOf = (name: string) =>
  name.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{14,}|\d{15}.*/g, '*')

const folderOf = (name: string) => name.slice(0, name.lastIndexOf('/') + 1)

/** A name beside another. */
const beside = (name: string) => name.replace(/.$/, last => (last === '0' ? '1' : '0'))

/** Gives the rows as they are after somebody has changed one, or the one and those of its kind. */
const CHANGES: Readonly<Record<string, (name: string, rows: Rows) => Rows>> = {
  deleted: (name, rows) => new Map([...rows].filter(([each]) => each !== name)),
  'deleted with its folder': (name, rows) =>
    new Map([...rows].filter(([each]) => !each.startsWith(folderOf(name)))),
  'deleted with all of its kind': (name, rows) =>
    new Map([...rows].filter(([each]) => kindOf(each) !== kindOf(name))),
  'copied to another name': (name, rows) =>
    new Map([...rows, [beside(name), rows.get(name) ?? new Uint8Array()]]),
  'copied over another of its kind': (name, rows) => {
    const alike = [...rows.keys()].filter(each => kindOf(each) === kindOf(name))
    const next = alike[(alike.indexOf(name) + 1) % alike.length] ?? name
    return new Map([...rows, [next, rows.get(name) ?? new Uint8Array()]])
  },
  'accompanied by a bare name': (name, rows) =>
    new Map([...rows, [beside(name), Buffer.from('x')]]),
}

/** Rows of which each is looked at: one of each kind, at random, or all. What is in the clear is opened with keys that nobody else has. */
function chosen(names: readonly string[], seed: number): readonly string[] {
  const own = names.filter(name => !name.startsWith('seal/'))
  if (LONG) return own
  return [...Map.groupBy(own, kindOf).values()].flatMap(alike =>
    fc.sample(fc.constantFrom(...alike), { numRuns: 1, seed }),
  )
}

describe('For every row of a filled store', function () {
  this.timeout(600_000)
  const keygen = new Keygen()
  const folder = mkdtempSync(join(tmpdir(), 'postern-rows-'))
  const security = readFileSync(join(import.meta.dirname, '../../../SECURITY.md'), 'utf8').replace(
    /\s+/g,
    ' ',
  )
  const seed = Number(process.env.POSTERN_TEST_SEED ?? Date.now() % 2 ** 31)
  let store: Awaited<ReturnType<typeof filledStore>>
  /** On the rows of the beginning: the list that it makes takes the place of one that is kept in memory. */
  let other: Started
  /** The exceptions that were needed. */
  const used = new Set<(typeof ALLOWED)[number]>()

  before(async () => {
    store = await filledStore(keygen, folder)
    other = await started(store.older[0] ?? store.rows, store.sealKeys)
  })
  after(async () => {
    await stop(other)
    keygen[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  })

  /** What is allowed after a change and is said nowhere, each with the row. */
  async function unsaid(
    action: string,
    name: string,
    { rows, isRunning = false }: { readonly rows: Rows; readonly isRunning?: boolean },
  ): Promise<readonly string[]> {
    const isPassword = name.includes('/user/')
    const probes = isPassword ? { ...PROBES, 'a password is changed': PASSWORD_PROBE } : PROBES
    await other.get('ca/krl', '')
    const allowed = await unnoticed(rows, store, { keygen, probes, isRunning })
    return allowed.flatMap(probe => {
      const said = ALLOWED.filter(
        each => each[0] === action && each[1].test(kindOf(name)) && each[2].test(probe),
      )
      for (const each of said) used.add(each)
      return said.length > 0 ? [] : [`${action}: ${kindOf(name)}: ${probe}`]
    })
  }

  // what a case has left behind must not be taken for what the next one has been noticed by
  afterEach(async () => {
    const engine = await started(store.rows, store.sealKeys)
    await stop(engine)
    expect(engine.said).to.deep.equal([])
  })

  it('the untouched store allows nothing of it', async () => {
    expect(await unnoticed(store.rows, store, { keygen, probes: PROBES })).to.deep.equal([])
  })

  it('as it was at first, the store allows nearly all of it: the probes find what there is', async () => {
    const [first = store.rows] = store.older
    const allowed = await unnoticed(first, store, { keygen, probes: PROBES })
    const untried = Object.keys(PROBES).filter(each => !allowed.includes(each))
    expect(untried).to.deep.equal([
      'the parent of a token is revoked',
      'a password ends with such a token',
      'a method is removed now',
      'a token has expired',
      'a password has expired',
    ])
  })

  for (const [action, change] of Object.entries(CHANGES))
    it(`${action}: nothing is allowed without a line in the log but what SECURITY.md says`, async () => {
      const wrong: string[] = []
      for (const name of chosen([...store.rows.keys()], seed))
        wrong.push(...(await unsaid(action, name, { rows: change(name, store.rows) })))
      expect([...new Set(wrong)], `seed ${seed}`).to.deep.equal([])
    })

  for (const action of cases(LONG ? Object.keys(CHANGES) : ['deleted']))
    it(`${action} while an engine runs: the same`, async () => {
      const wrong: string[] = []
      for (const name of chosen([...store.rows.keys()], seed)) {
        const rows = CHANGES[action]?.(name, store.rows) ?? store.rows
        wrong.push(...(await unsaid(action, name, { rows, isRunning: true })))
      }
      expect([...new Set(wrong)], `seed ${seed}`).to.deep.equal([])
    })

  it('put back as it was once: nothing is allowed but what SECURITY.md says', async () => {
    const wrong: string[] = []
    const seen = new Set<Uint8Array | string>()
    for (const older of store.older) {
      const changed = [...older.keys()].filter(name =>
        isOther(older.get(name), store.rows.get(name)),
      )
      for (const name of chosen(changed, seed)) {
        const value = older.get(name) ?? new Uint8Array()
        const once = `${name} ${Buffer.from(value).toString('base64')}`
        if (seen.has(once)) continue
        seen.add(once)
        wrong.push(
          ...(await unsaid('put back', name, { rows: new Map([...store.rows, [name, value]]) })),
        )
      }
    }
    expect([...new Set(wrong)], `seed ${seed}`).to.deep.equal([])
  })

  it('of a password, put back with its lease: SECURITY.md says so', async () => {
    const isOfPassword = (name: string) => name.includes('/otp/') || name.startsWith('lease/')
    const before = [...(store.older[1] ?? [])].filter(([name]) => isOfPassword(name))
    const rows = new Map([...store.rows, ...before])
    const allowed = await unnoticed(rows, store, { keygen, probes: PROBES })
    expect(allowed).to.deep.equal(['a password is used', 'a password is revoked'])
    expect(security).to.include('A used password is valid again')
  })

  it('of a used password, without its tombstone: it stays used, and SECURITY.md says what is lost', async () => {
    const tombstones = [...store.rows.keys()].filter(name => /\/otp(-due)?\//.test(name))
    expect(tombstones.filter(name => name.includes('/otp-due/'))).to.not.be.empty
    const rows = new Map([...store.rows].filter(([name]) => !tombstones.includes(name)))
    expect(await unnoticed(rows, store, { keygen, probes: PROBES })).to.deep.equal([])
    expect(security).to.include('**The tombstone of a used password, deleted**')
  })

  it('SECURITY.md has the sentences', () => {
    for (const [action, row, , sentence] of ALLOWED)
      expect(security, `${action}: ${row}`).to.include(sentence)
  })

  if (LONG)
    it('each of them is needed', () => {
      expect(ALLOWED.filter(each => !used.has(each)).map(String)).to.deep.equal([])
    })
})

const isOther = (one: Uint8Array | undefined, other: Uint8Array | undefined) =>
  !one || !other || Buffer.compare(one, other) !== 0
