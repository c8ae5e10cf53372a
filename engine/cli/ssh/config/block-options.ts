import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { attempt } from '../../../../shared/result.ts'
import { Failure } from '../../failure.ts'
import { trimPath } from '../../path.ts'
import type { Settings } from '../../settings.ts'
import { variable } from '../../variable.ts'
import { kindOf, modeOf } from '../key-type.ts'
import { isSince } from '../ssh-client.ts'
import type { BlockOptions } from './block.ts'
import type { ConfigCall } from './config-flags.ts'
import { isPlainUser } from './plain-name.ts'
import type { SshFiles } from './ssh-files.ts'

/** Bytes of a path. Systems allow at least 103 for a socket; the names below the directory, and what ssh appends, need 41. */
const MAX_DIRECTORY_BYTES = 62

/** What the block of this run is to contain. @throws {Failure} for flags that make no sense */
export async function blockOptions(call: ConfigCall, files: SshFiles): Promise<BlockOptions> {
  const { flags, io } = call
  const mode = await modeFor(call)
  if (mode !== 'ca') requireSharing(files.directory)
  const { user } = flags
  if (user !== undefined && !isPlainUser(user))
    throw new Failure(`-user is the name of a user, such as "ubuntu", not ${JSON.stringify(user)}`)
  const trust = await trustOf(call)
  return {
    ...{ pattern: patternOf(flags.host), mode, user, self: io.self, directory: files.directory },
    flags: {
      ...given({ role: flags.role, mode }),
      ...given({
        'public-key-path': flags['public-key-path'] && resolve(flags['public-key-path']),
      }),
      'mount-point': trimPath(flags['mount-point']),
      ...(mode === 'ca' ? {} : sharingFlags(call)),
      ...(trust && {
        'host-key-mount-point': trust.mount,
        'host-key-hostnames': flags['host-key-hostnames'],
        'known-hosts': join(files.directory, trust.file),
      }),
      ...connectionFlags(call.settings()),
    },
    trust,
  }
}

function patternOf(text: string | undefined): string {
  if (text && /^[A-Za-z0-9._:%*?!,-]+$/.test(text) && !text.startsWith('-')) return text
  throw new Failure(
    `-host is required: patterns of host names, such as "*.example.com"${text ? `, not ${JSON.stringify(text)}` : ''}`,
  )
}

/** The kind of credential, if it is known now; otherwise the check asks. */
async function modeFor({ flags, connect }: ConfigCall): Promise<BlockOptions['mode']> {
  const { role } = flags
  if (flags.mode !== undefined) return modeOf(flags.mode.toLowerCase())
  if (role === undefined) return undefined
  const mount = trimPath(flags['mount-point'])
  const found = await attempt(() => kindOf(connect({ wrapTtl: undefined }), mount, role))
  return found.ok ? found.value.keyType : undefined
}

function requireSharing(directory: string): void {
  if (process.platform === 'win32')
    throw new Failure('OpenSSH of Windows shares no connections: use -mode=ca, with certificates')
  if (Buffer.byteLength(directory) > MAX_DIRECTORY_BYTES)
    throw new Failure(
      `the path ${directory} is too long for sockets (at most ${MAX_DIRECTORY_BYTES} bytes): set -config, or use -mode=ca`,
    )
}

function sharingFlags({ flags }: ConfigCall): Readonly<Record<string, string>> {
  const { persist, 'max-sessions': most } = flags
  // ssh takes 0 for ever
  if (persist < 1) throw new Failure('-persist is at least 1s')
  if (most < 1) throw new Failure('-max-sessions is at least 1')
  return { persist: `${persist}`, 'max-sessions': `${most}` }
}

async function trustOf({ flags, io }: ConfigCall) {
  const named =
    flags['host-key-mount-point'] ?? variable(io.environment, 'SSH_HOST_KEY_MOUNT_POINT')
  if (named === undefined) return undefined
  const mount = trimPath(named)
  const names = flags['host-key-hostnames']
  const digest = createHash('sha256')
    .update(JSON.stringify([mount, names]))
    .digest('hex')
  const program = { executable: 'ssh', environment: io.environment }
  const byCommand = await isSince(program, '8.5')
  return { mount, file: `known_hosts-${digest.slice(0, 8)}`, byCommand }
}

/** The settings of this run, for runs without its environment. The token is not among them. */
function connectionFlags({
  address,
  namespace,
  trust,
}: Settings): Readonly<Record<string, string>> {
  const { caFile, caPath, serverName, skipVerify } = trust
  return {
    address: address.href.replace(/\/$/, ''),
    ...given({ 'ca-cert': caFile && resolve(caFile), 'ca-path': caPath && resolve(caPath) }),
    ...given({ 'tls-server-name': serverName, namespace }),
    ...(skipVerify && { 'tls-skip-verify': 'true' }),
  }
}

const given = (values: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(values).filter((each): each is [string, string] => Boolean(each[1])),
  )
