import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requireTrustedFolder } from '../../../../shared/trusted-file.ts'
import type { LeasedKeyType } from '../../../ssh/role/key-type.ts'
import { EXIT, Failure } from '../../failure.ts'
import { leasedLogin } from '../leased-login.ts'
import { pathOption } from '../path-option.ts'
import { codeOf } from './check-code.ts'
import { Connections } from './connections.ts'
import { isListening } from './control-socket.ts'
import { keepPlan } from './kept-plan.ts'
import { prepareCertificate } from './prepare-certificate.ts'
import { type Prepared, roleFor } from './role-for.ts'
import { endIfRefused } from './still-allowed.ts'
import { refreshTrust } from './trust-file.ts'

/** Makes sure that ssh finds a shared connection with room, or a certificate if that is what the role makes. Gives the exit code. */
export async function prepareConnection(prepared: Prepared): Promise<number> {
  const { check, plan } = prepared
  const { ssh, directory } = check
  const pointer = plan.controlPath
  if (pointer === undefined) return await prepareUnshared(prepared)
  if (dirname(pointer) !== directory) requireTrustedFolder(dirname(pointer))
  using connections = await Connections.hold({ directory, pointer })
  if (!connections) return EXIT.server
  await endIfRefused(connections, prepared)
  if (!(await connections.attach(ssh.pid, check.most))) {
    // another program's, such as Ansible's, which logged in without us
    if (dirname(pointer) !== directory && (await isListening(pointer))) return EXIT.ok
    const refused = connections.refusedSince(check.begun)
    if (refused !== undefined) return refused
    if ((await openIn(connections, prepared)) === 'certificate') return EXIT.ok
  }
  const kept = { plan: { kind: 'connection', pointer }, files: plan.files } as const
  keepPlan(directory, [...ssh.sharing, ...ssh.words], kept)
  return EXIT.ok
}

/** For `ssh -S none`: there is no way for a password, but perhaps for a certificate. @throws {Failure} */
async function prepareUnshared(prepared: Prepared): Promise<number> {
  const role = await roleFor(prepared)
  if (role.kind === 'ca') return prepareCertificate(role, prepared)
  throw new Failure('ssh cannot be given a password here: it shares no connections (ControlPath)')
}

/** Opens one more connection, or gets a certificate instead. @throws {Failure} which those who wait are told of */
async function openIn(
  connections: Connections,
  prepared: Prepared,
): Promise<'connection' | 'certificate'> {
  try {
    const role = await roleFor(prepared)
    if (role.kind === 'ca') {
      await prepareCertificate(role, prepared)
      return 'certificate'
    }
    await refreshTrust(prepared)
    const opened = await open(prepared, { ...role, kind: role.kind })
    const { pid: ssh } = prepared.check.ssh
    await connections.add(opened.path, { lifetime: opened.lifetime, ssh, role: role.role })
    return 'connection'
  } catch (error) {
    connections.refuse(codeOf(error) ?? EXIT.local)
    throw error
  }
}

interface Opened {
  /** Its socket. */
  readonly path: string
  /** Milliseconds of the lease of its credential. */
  readonly lifetime: number
}

type LeasedRole = Awaited<ReturnType<typeof roleFor>> & { readonly kind: LeasedKeyType }

/** Opens a shared connection, which stays open for a while without a session. @throws {Failure} with what ssh said */
async function open(prepared: Prepared, { role, kind, naming }: LeasedRole): Promise<Opened> {
  const { check, call, client, mount } = prepared
  const path = join(check.directory, `m-${randomBytes(4).toString('hex')}`)
  const log = `${path}.log`
  const output = openSync(log, 'wx', 0o600)
  let lifetime = 0
  try {
    const code = await leasedLogin(
      {
        ...{ words: [...masterWords(prepared, path), ...check.ssh.words], output, mount, role },
        ...{ mode: kind, naming, host: undefined, executable: check.ssh.executable },
        ...{ strictHostKeyChecking: undefined, userKnownHostsFile: undefined },
        ...{ hostMount: undefined, hostNames: '*', noExec: false },
        onIssued: seconds => {
          lifetime = seconds * 1000
        },
      },
      { client, print: call.print, io: call.io },
    )
    if (code === 0 && (await isListening(path))) return { path, lifetime }
    throw new Failure(readFileSync(log, 'utf8').trim() || `ssh exited with ${code}`, EXIT.server)
  } catch (error) {
    rmSync(log, { force: true })
    throw error
  } finally {
    closeSync(output)
  }
}

/** Options of the ssh that holds the connection, before those of the ssh that asked. */
function masterWords({ call, plan }: Prepared, path: string): readonly string[] {
  const options = {
    ControlMaster: 'yes',
    ControlPersist: String(call.flags.persist),
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    // a connection that does not come about, or is dead, must not hold up each login
    ...(plan.option('connecttimeout') === 'none' && { ConnectTimeout: '10' }),
    ...(plan.option('serveraliveinterval') === '0' && { ServerAliveInterval: '15' }),
  }
  return [
    ...['-N', ...pathOption('ControlPath', path)],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ]
}
