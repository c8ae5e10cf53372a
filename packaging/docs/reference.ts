import type { Endpoint } from '../../engine/api/endpoint.ts'
import type { Engine } from '../../engine/api/engine.ts'
import type { Command } from '../../engine/cli/command.ts'
import { allCommands } from '../../engine/cli/commands.ts'
import { CONNECTION, FIELD, OUTPUT } from '../../engine/cli/flags.ts'
import { commandHelp, flagHelp, overview } from '../../engine/cli/help.ts'
import { compose } from '../../engine/compose.ts'
import { engines } from '../../engine/engines.ts'
import { HostSessions } from '../../engine/ssh/dynamic/host-sessions.ts'
import { MemoryStore } from '../../engine/storage/memory.ts'
import { commandHelp as helperHelp } from '../../helper/commands/command-help.ts'
import { HOST_COMMANDS } from '../../helper/commands/dispatch.ts'
import { help } from '../../helper/commands/help.ts'
import { explained } from '../../shared/field.ts'
import { configurationPage } from './configuration-page.ts'
import { doctorPage } from './doctor-page.ts'
import { block, cell, page, table } from './markdown.ts'

const COMMANDS = await allCommands()

/** The reference pages, by their file names under docs/reference, as the code declares what is in them. */
export function reference(): Readonly<Record<string, string>> {
  return {
    'api.md': apiPage(),
    'commands.md': commandsPage(),
    'configuration.md': configurationPage(),
    'doctor.md': doctorPage(),
  }
}

function apiPage(): string {
  const all = allEngines().toSorted((a, b) => (a.type < b.type ? -1 : 1))
  return page([
    '# HTTP API',
    'Every path is below `/v1/` and the path of its mount. `update` is PUT or POST, `list` is the verb LIST or GET with `?list=true`, `read` is GET, `delete` is DELETE. The same, for programs: `sys/internal/specs/openapi`.',
    ...all.flatMap(engineSection),
  ])
}

/** The engines of a node that is never unsealed, since what they declare needs no storage. */
function allEngines(): readonly Engine[] {
  using sessions = new HostSessions()
  const { core } = compose({
    store: new MemoryStore(),
    storageType: 'inmem',
    lifetimes: { defaultTtl: 0, maxTtl: 0 },
    sealKeys: undefined,
    rootToken: undefined,
    now: () => new Date(),
    log: { info() {}, warn() {}, error() {} },
    withoutHousekeeping: true,
  })
  return engines(core, sessions)
}

function engineSection({ type, description, endpoints }: Engine): readonly string[] {
  return [
    `## ${type}`,
    description,
    ...endpoints.toSorted((a, b) => (a.path < b.path ? -1 : 1)).flatMap(endpointSection),
  ]
}

const ACCESS: Readonly<Record<Endpoint['access'], string>> = {
  token: '',
  public: ' · needs no token',
  optional: ' · shows more with a token',
}

function endpointSection(endpoint: Endpoint): readonly string[] {
  const { path, summary, description, operations, access, sudo, acceptsAnyData, fields } = endpoint
  const rows = Object.entries(fields).map(
    ([name, field]) =>
      [`\`${name}\``, field.type, defaultOf(field.default), explained(field)] as const,
  )
  return [
    `### \`${path}\``,
    `${operations.join(', ')}${ACCESS[access]}${sudo ? ' · needs sudo' : ''}${acceptsAnyData ? ' · takes any data' : ''}`,
    `${summary} ${description}`,
    ...(rows.length > 0 ? [table(['field', 'type', 'default', ''], rows)] : []),
  ]
}

function defaultOf(value: unknown): string {
  const text = JSON.stringify(value)
  return text === undefined || ['""', '[]', '{}'].includes(text) ? '' : `\`${cell(text)}\``
}

function commandsPage(): string {
  const commands = COMMANDS.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return page([
    '# Command lines',
    '## postern',
    block(overview(COMMANDS)),
    '### Common options',
    'Every command that talks to a server has these flags besides its own:',
    block(flagHelp(CONNECTION)),
    'Commands that print a result have `-format`, and where it has fields, `-field`:',
    block(flagHelp({ ...OUTPUT, ...FIELD })),
    ...commands.flatMap(command => [
      `### postern ${command.name}`,
      block(commandHelp({ ...command, groups: own(command) })),
    ]),
    '## postern-helper',
    block(help()),
    ...Object.entries(HOST_COMMANDS).flatMap(([name, command]) => [
      `### postern-helper ${name}`,
      block(helperHelp(name, command)),
    ]),
  ])
}

/** The flags that are its own. */
const own = ({ groups }: Command) => ({ 'Command Options': groups['Command Options'] ?? {} })
