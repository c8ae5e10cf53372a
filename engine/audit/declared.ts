import { fieldKind, string, type Values } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { parseString } from '../../shared/raw-value.ts'
import type { DeclaredDevice } from './audit-options.ts'
import { deviceOptions } from './device-options.ts'
import { requirePrintablePath } from './file-path.ts'

const option = (description: string) => string({ description })

/** Modes that can be written as a number, as octal digits. None of them is another one when read as decimal. */
const MODES = ['600', '640', '644', '660', '664']

/**
 * A mode, as a string of octal digits. A number is accepted as TOML's octal, `0o640`, or as the digits `640`. A number that could
 * be either is refused.
 */
const fileMode = fieldKind<string>({
  type: 'string',
  schema: {},
  parse(raw) {
    if (typeof raw !== 'number') return parseString(raw)
    const mode = MODES.find(digits => digits === String(raw) || digits === raw.toString(8))
    if (mode === undefined) throw new Invalid('write the mode as a string, as in "0640"')
    return `0${mode}`
  },
})

/** The keys of a table `[[audit]]` in the configuration file. Each type reads its own later. */
export const auditFields = {
  type: string({ default: 'file', description: '"file", "socket" or "syslog".' }),
  path: option('Name of the device. Default: its type.'),
  description: string({ default: '', description: 'Free text for operators.' }),
  file_path: option('Path of the file; "stdout" for standard output, "discard" to write nothing.'),
  mode: fileMode({ description: 'Permissions of the file.' }),
  sync: option('Wait until each line is on the disk (fdatasync).'),
  address: option('Host and port, or the path of a Unix socket.'),
  socket_type: option('"tcp", "udp" or "unix".'),
  write_timeout: option('Timeout for writing a line.'),
  facility: option('Syslog facility.'),
  tag: option('Program name in syslog messages.'),
  log_raw: option('Do not hash values: the log then contains secrets in plain text.'),
  hmac_accessor: option('Also hash accessors.'),
  elide_list_responses: option('Log only the length of lists.'),
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
