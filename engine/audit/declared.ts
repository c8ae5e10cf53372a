import { fieldKind, string, type Values } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { parseString } from '../../shared/raw-value.ts'
import type { DeclaredDevice } from './audit-options.ts'
import { deviceOptions } from './device-options.ts'
import { requirePrintablePath } from './file-path.ts'

const option = (description: string) => string({ description })

/** Modes that a file of lines may have, as octal digits. As numbers, none of them looks like another one. */
const MODES = ['600', '640', '644', '660', '664']

/**
 * A mode, as the text of its octal digits. A number is read both as TOML means it, `0o640`, and as people do, `640`: what could
 * be either is refused.
 */
const fileMode = fieldKind<string>({
  type: 'string',
  schema: {},
  parse(raw) {
    if (typeof raw !== 'number') return parseString(raw)
    const mode = MODES.find(digits => digits === String(raw) || digits === raw.toString(8))
    if (mode === undefined) throw new Invalid('write the mode as a text, as in "0640"')
    return `0${mode}`
  },
})

/** The keys of a table `[[audit]]` in the configuration file. What each type can do with them is read later. */
export const auditFields = {
  type: string({ default: 'file', description: '"file", "socket" or "syslog".' }),
  path: option('Name of the device. That of the type when left out.'),
  description: string({ default: '', description: 'What it is for, in words.' }),
  file_path: option('The file; "stdout", or "discard" for nothing at all.'),
  mode: fileMode({ description: 'Permissions of the file.' }),
  sync: option('Wait until a line is on the disk.'),
  address: option('Host and port, or the path of a Unix socket.'),
  socket_type: option('"tcp", "udp" or "unix".'),
  write_timeout: option('How long a line may take.'),
  facility: option('Facility of syslog.'),
  tag: option('Name of the program in messages of syslog.'),
  log_raw: option('Hash nothing: secrets can then be read.'),
  hmac_accessor: option('Hash accessors, too.'),
  elide_list_responses: option('Of lists, only their length.'),
}

/** The devices of a configuration file. @throws {Invalid} through `wrong` */
export function declaredDevices(
  tables: readonly Values<typeof auditFields>[],
  wrong: (problem: string) => Invalid,
): readonly DeclaredDevice[] {
  const devices = tables.map(({ type, path, description, ...given }) => {
    const options = Object.fromEntries(
      Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined),
    )
    const name = `${(path ?? type).split('/').filter(Boolean).join('/')}/`
    try {
      deviceOptions(type, options)
      requirePrintablePath(options)
    } catch (error) {
      throw error instanceof Invalid ? wrong(`"${name}": ${error.message}`) : error
    }
    return { path: name, type, description, options, local: true }
  })
  const twice = devices.find(({ path }, at) => devices.findIndex(each => each.path === path) < at)
  if (twice)
    throw wrong(`two devices have the path "${twice.path}"; give one of them another "path"`)
  const files = devices.map(({ options }) => options.file_path)
  const shared = devices.find(
    ({ options: { file_path: file } }, at) => isFile(file) && files.indexOf(file) < at,
  )
  if (shared) throw wrong(`"${shared.path}": another device writes to the same file`)
  return devices
}

const isFile = (path: unknown) => path !== undefined && path !== 'stdout' && path !== 'discard'
