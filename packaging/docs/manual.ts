import type { Command } from '../../engine/cli/command.ts'
import { allCommands } from '../../engine/cli/commands.ts'
import { EXIT } from '../../engine/cli/failure.ts'
import { CONNECTION, FIELD, OUTPUT } from '../../engine/cli/flags.ts'
import { configFields } from '../../engine/config/config.ts'
import { commandHelp as helperHelp } from '../../helper/commands/command-help.ts'
import { HOST_COMMANDS } from '../../helper/commands/dispatch.ts'
import { help } from '../../helper/commands/help.ts'
import { helperFields } from '../../helper/config.ts'
import { EXIT_CODES } from '../../helper/exit-codes.ts'
import type { Fields } from '../../shared/field.ts'
import type { Declared } from '../../shared/settings.ts'
import { example, type ManualPage, manualPage, prose, roff, term } from './roff.ts'
import { settingTables } from './setting-rows.ts'

const COMMANDS = await allCommands()

/** The manual pages, by their file names under docs/man. */
export function manual(): Readonly<Record<string, string>> {
  const pages = [postern(), helper(), engineToml(), helperToml()]
  return Object.fromEntries(pages.map(page => [`${page.name}.${page.section}`, manualPage(page)]))
}

function postern(): ManualPage {
  const commands = COMMANDS.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    name: 'postern',
    section: 1,
    summary: 'SSH logins without standing passwords or shared keys',
    parts: [
      ['SYNOPSIS', '.B postern\n.I command\n.RI [ options ]\n.RI [ arguments ]'],
      [
        'DESCRIPTION',
        prose(
          'Runs the engine (`postern server`), and requests passwords, certificates and keys for SSH logins from it. The API and most of the command line are those of Vault and OpenBao.\n\nFlags have one dash or two, and take their value after `=` or as the next argument.',
        ),
      ],
      ['COMMANDS', commands.map(commandPart).join('\n')],
      [
        'CONNECTION OPTIONS',
        `Every command that talks to a server has these.\n${flags(CONNECTION)}`,
      ],
      [
        'OUTPUT OPTIONS',
        `Commands that print a result have the first, those whose result has fields also the second.\n${flags({ ...OUTPUT, ...FIELD })}`,
      ],
      [
        'EXIT STATUS',
        [
          term(`${EXIT.ok}`, 'Success.'),
          term(`${EXIT.local}`, 'A local error: arguments, a file, the configuration.'),
          term(`${EXIT.server}`, 'The server refused, or could not be reached.'),
          term('other', '`postern ssh` has the exit code of ssh.'),
        ].join('\n'),
      ],
      [
        'FILES',
        [
          term('/etc/postern/engine.toml', 'The usual configuration file of the engine.'),
          term('~/.vault-token', 'The token, after `postern login`.'),
        ].join('\n'),
      ],
      ['SEE ALSO', seeAlso('engine.toml(5)', 'postern-helper(8)', 'ssh(1)')],
    ],
  }
}

const commandPart = ({ name, usage, text, groups }: Command) =>
  [
    `.SS "postern ${roff(name)} ${roff(usage)}"`.replace(' "', ' "').trimEnd(),
    prose(text),
    flags(groups['Command Options'] ?? {}),
  ]
    .filter(part => part !== '')
    .join('\n')

const VALUES: Readonly<Record<string, string>> = { bool: '', 'duration (sec)': '=duration' }

const flags = (fields: Fields) =>
  Object.entries(fields)
    .map(([name, { type, description }]) =>
      term(`-${name}${VALUES[type] ?? '=value'}`, description),
    )
    .join('\n')

const helper = (): ManualPage => ({
  name: 'postern-helper',
  section: 8,
  summary: 'decides about logins with one-time passwords, for PAM',
  parts: [
    [
      'SYNOPSIS',
      '.B postern\\-helper\n.RI [ flags ]\n.br\n.B postern\\-helper\n.I command\n.RI [ flags ]',
    ],
    ['DESCRIPTION', example(help().split('\nExit codes:')[0] ?? '')],
    [
      'COMMANDS',
      Object.entries(HOST_COMMANDS)
        .map(([name, command]) => example(helperHelp(name, command)))
        .join('\n'),
    ],
    [
      'EXIT STATUS',
      Object.values(EXIT_CODES)
        .map(({ code, meaning }) => term(`${code}`, meaning))
        .join('\n'),
    ],
    ['FILES', term('/etc/postern/helper.toml', 'The configuration.')],
    ['SEE ALSO', seeAlso('helper.toml(5)', 'postern(1)', 'pam_exec(8)', 'sshd_config(5)')],
  ],
})

const engineToml = (): ManualPage => ({
  name: 'engine.toml',
  section: 5,
  summary: 'configuration of the engine of Postern',
  parts: [
    [
      'DESCRIPTION',
      prose(
        'Read by `postern server -config=FILE`, which exits with 1 if a key is unknown or a value is wrong. To check a file without starting: `postern server -config=FILE -check`.\n\nThe file is TOML. Durations are strings such as "30s", "5m" or "12h"; lists are ["a", "b"] or "a, b".',
      ),
    ],
    ...settings(configFields),
    ['SEE ALSO', seeAlso('postern(1)')],
  ],
})

const helperToml = (): ManualPage => ({
  name: 'helper.toml',
  section: 5,
  summary: 'configuration of the helper of Postern',
  parts: [
    [
      'DESCRIPTION',
      prose(
        'Read by postern-helper for each login. The file and its parent directories must belong to root, and only root may write to them. To check it: `postern-helper -verify-only`.\n\nThe file is TOML; files of vault-ssh-helper are accepted, too. Durations are strings such as "3s"; lists are ["a", "b"] or "a, b".',
      ),
    ],
    ...settings(helperFields),
    ['SEE ALSO', seeAlso('postern-helper(8)')],
  ],
})

function settings(declared: Declared): ManualPage['parts'] {
  const sections = settingTables(declared).map(({ header, rows }) => [
    ...(header ? [`.SS "${roff(header)}"`] : []),
    ...rows.map(({ key, type, default: usual, description }) =>
      term(`${key} = ${type}`, `${description}${usual && ` The default is ${usual}.`}`),
    ),
  ])
  return [['KEYS', sections.flat().join('\n')]]
}

const seeAlso = (...pages: readonly string[]) =>
  pages
    .map(page => page.replace(/^(.+)\((\d)\)$/, '.BR $1 ($2)'))
    .join(' ,\n')
    .replaceAll('-', '\\-')
