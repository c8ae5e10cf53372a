import { expireOnce } from '../../engine/core/background/housekeeping.ts'
import { loadQuotas } from '../../engine/core/background/load-quotas.ts'
import { reportLost } from '../../engine/core/background/report-lost.ts'
import { restoreExpiryIndex } from '../../engine/core/background/restore-expiry-index.ts'
import { upgrade } from '../../engine/core/background/upgrade.ts'
import { MemoryStore } from '../../engine/storage/memory.ts'
import { transact } from '../../engine/storage/transact.ts'
import { mountMissing } from '../../engine/sys/seal/bootstrap.ts'
import { HERE, HOSTS, type Rows, type Things } from './filled-store.ts'
import type { Keygen } from './keygen.ts'
import type { SigningHost } from './signing-host.ts'
import { rowsOf, setRows } from './tamper.ts'
import { type Answer, testEngine } from './test-engine.ts'

/** An engine that has been started on rows that somebody has changed, and what its log has said since it was last looked at. */
export interface Started extends Awaited<ReturnType<typeof testEngine>> {
  readonly said: string[]
  readonly inner: MemoryStore
}

/** Tells whether something is allowed that the untouched store refuses. */
type Probe = (engine: Started, things: Things, keygen: Keygen) => Promise<boolean>

/** Starts an engine on these rows, as the server does. @throws if it does not start */
export async function started(rows: Rows, sealKeys: readonly Buffer[]): Promise<Started> {
  const store = new MemoryStore()
  await setRows(store, rows)
  const made = await testEngine({ store, sealKeys, isFound: true })
  const said: string[] = []
  const say = (facts: object, sentence: string) =>
    void said.push(`${sentence} ${(facts as { error?: Error }).error?.message ?? ''}`)
  const { core } = made
  Object.assign(core.log, { info: say, warn: say, error: say })
  try {
    await transact(core.store, tx => mountMissing(tx, core.mounts))
    await core.mounts.reload()
    reportLost(core)
    await upgrade(core)
    await loadQuotas(core)
    await core.audit.open()
    await expireOnce(core)
    await restoreExpiryIndex(core)
  } catch (error) {
    await stop(made)
    throw error
  }
  return { ...made, said, inner: store }
}

export async function stop({ core }: Pick<Started, 'core'>): Promise<void> {
  await core.audit.close().catch(() => undefined)
  await core.sealing[Symbol.asyncDispose]()
}

const isGood = ({ status }: Answer) => status < 300

const creds =
  (token: string): Probe =>
  async ({ post }, things) =>
    isGood(await post('ssh/creds/web', HERE, things[token]))

const reads =
  (token: string): Probe =>
  async ({ get }, things) =>
    isGood(await get('sys/policies/acl/all', things[token]))

const redeems =
  (otp: string): Probe =>
  async ({ post }, things) =>
    isGood(await post('ssh/verify', { otp: things[otp] }, ''))

const logsIn =
  (role: string, secret = `${role}'s secret id`, path = 'approle'): Probe =>
  async ({ post }, things) => {
    const given = { role_id: things[`${role}'s role id`], secret_id: things[secret] }
    return isGood(await post(`auth/${path}/login`, given, ''))
  }

const lists =
  (certificate: string): Probe =>
  async ({ get }, things, keygen) => {
    const { status, body } = await get('ca/krl', '')
    return status === 200 && !isRevoked(body, things[certificate] ?? '', keygen)
  }

/** By a list without its version and time, whether it has a certificate: sshd's own tool takes long. */
const known = new Map<string, boolean>()

function isRevoked(list: Buffer, certificate: string, keygen: Keygen): boolean {
  const key = `${Buffer.from(list).fill(0, 12, 28).toString('base64')} ${certificate}`
  const found = known.get(key) ?? keygen.isRevoked(list, certificate)
  known.set(key, found)
  return found
}

/** Whether a host may verify: then it is told that there is no such password. */
const verifies =
  (host?: SigningHost): Probe =>
  async ({ ask, core }) => {
    const body = { otp: 'none' }
    const signedBy = host?.sign(body, { now: core.now() })
    const answer = await ask('update', 'hosts/verify', body, '', { signedBy })
    return answer.body.errors?.[0] === 'OTP not found'
  }

/** In the order in which they are tried: the last ones end things. */
export const PROBES: Readonly<Record<string, Probe>> = {
  'a policy denies': creds('denied'),
  'the default policy denies': async ({ post }, things) =>
    isGood(await post('cubbyhole/a', { b: 'c' }, things.plain)),
  'a policy is deleted': reads('with a policy'),
  'a token is revoked': reads('revoked'),
  'a token is used up': reads('limited'),
  'a password is used': redeems('used password'),
  'a password is revoked': redeems('revoked password'),
  'the policy of a group denies': creds("bob's token"),
  'the policy of a group around a group denies': creds("cy's token"),
  'an entity is disabled': creds("ada's token"),
  'an entity that is disabled logs in': logsIn('ada'),
  'a certificate is revoked with its issuer': lists('certificate'),
  'a certificate is revoked': lists('second certificate'),
  'a key id is revoked': async ({ post }, things) =>
    isGood(await post('ca/sign/web', { public_key: things['public key'], key_id: 'mary' })),
  'a quota': async ({ core }) => {
    await loadQuotas(core)
    const asked = { path: 'ssh/lookup', address: '192.0.2.9', open: false }
    return core.limits.take(asked) === 0 && core.limits.take(asked) === 0
  },
  'a secret id is destroyed': logsIn('bob', 'destroyed'),
  'a secret id is used up': logsIn('bob', 'spent'),
  'a role of machines is deleted': logsIn('deleted'),
  'a role is narrowed': async ({ post }) => isGood(await post('ssh/creds/narrow', HERE)),
  'a role is deleted': async ({ post }) => isGood(await post('ssh/creds/deleted', HERE)),
  'a host is disabled': verifies(HOSTS.off),
  'a host is enrolled with another key': verifies(HOSTS.again),
  'a host is deleted': verifies(HOSTS.deleted),
  'nobody verifies without a signature': verifies(),
  'an enrolment token is used up': async ({ post }, things) =>
    isGood(await post('hosts/enroll', HOSTS.late.enrollment(things['enrolment token'] ?? ''), '')),
  'a mount is removed': async ({ post }) => isGood(await post('gone/creds/web', HERE)),
  'a method is removed': reads("dan's token"),
  'a method is removed by which somebody logs in': logsIn('dan', "dan's secret id", 'leaving'),
  'recovery keys are replaced': async ({ core }, things) => {
    const { authority } = core.sealing
    return (await authority.proves(Buffer.from(things['recovery key'] ?? '', 'hex'))) !== undefined
  },
  'nothing is done that is not written down': async ({ core, get }) =>
    isGood(await get('sys/policies/acl/all')) && core.audit.states.size === 0,
  'the parent of a token is revoked': async (engine, things, keygen) => {
    await engine.post('auth/token/revoke', { token: things.parent })
    if (await reads('parent')(engine, things, keygen)) return false
    return reads('child')(engine, things, keygen)
  },
  'a password ends with such a token': async (engine, things, keygen) => {
    const { status } = await engine.post('auth/token/lookup', { token: things.parent })
    // where it could not be revoked, nothing has been promised
    return status === 403 && redeems('password of the child')(engine, things, keygen)
  },
  'a method is removed now': async (engine, things, keygen) => {
    await engine.ask('delete', 'sys/auth/approle')
    // where it could not be removed, nothing has been promised
    if (engine.core.mounts.all.some(each => each.path === 'auth/approle/')) return false
    return reads("cy's token")(engine, things, keygen)
  },
  'a token has expired': async (engine, things, keygen) => {
    engine.pass(2 * 3600)
    await expireOnce(engine.core)
    return reads('short')(engine, things, keygen)
  },
  'a password has expired': redeems('password that ends'),
}

/** Takes minutes of a processor for many; so it is tried only for what has to do with it. */
export const PASSWORD_PROBE: Probe = async ({ post }) =>
  isGood(await post('auth/userpass/login/eve', { password: 'first' }, ''))

/** The probes that end nothing. */
const HARMLESS = 24

async function changedWhileRunning(
  rows: Rows,
  filled: Filled,
  { keygen }: Trial,
): Promise<Started> {
  const engine = await started(filled.rows, filled.sealKeys)
  for (const probe of Object.values(PROBES).slice(0, HARMLESS))
    await probe(engine, filled.things, keygen)
  const now = await rowsOf(engine.inner)
  const changed = [...rows].filter(([name, value]) => filled.rows.get(name) !== value)
  const gone = [...filled.rows.keys()].filter(name => !rows.has(name) && now.has(name))
  engine.said.length = 0
  await setRows(engine.inner, [...changed, ...gone.map(name => [name, undefined] as const)])
  // as it does twice a second
  await expireOnce(engine.core).catch(error => engine.said.push(String(error)))
  await restoreExpiryIndex(engine.core).catch(error => engine.said.push(String(error)))
  return engine
}

interface Trial {
  readonly keygen: Keygen
  readonly probes: Readonly<Record<string, Probe>>
  /** The engine runs already, and has everything in memory, when the rows are changed. */
  readonly isRunning?: boolean
}

interface Filled {
  readonly rows: Rows
  readonly sealKeys: readonly Buffer[]
  readonly things: Things
}

/** What is allowed on these rows that should not be, without a word in the log. */
export async function unnoticed(
  rows: Rows,
  filled: Filled,
  trial: Trial,
): Promise<readonly string[]> {
  const begin = () =>
    trial.isRunning ? changedWhileRunning(rows, filled, trial) : started(rows, filled.sealKeys)
  const engine = await begin().catch(() => undefined)
  // it does not start, and says why
  if (!engine) return []
  const { keygen, probes } = trial
  const { things } = filled
  try {
    const allowed: string[] = []
    if (engine.said.length > 0) return []
    for (const [name, probe] of Object.entries(probes)) {
      engine.said.length = 0
      const isAllowed = await probe(engine, things, keygen).catch(() => false)
      if (isAllowed && engine.said.length === 0) allowed.push(name)
    }
    return allowed
  } finally {
    await stop(engine)
  }
}
