import { boolean, integer, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { type Envelope, isList, type JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { textsOf } from '../print-init.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { fieldText } from '../value-text.ts'

export const list = command({
  name: 'list',
  summary: 'List names under a path',
  usage: '[options] PATH',
  text: `
Lists the names under a path, such as those of roles.

List the roles:

    $ postern list ssh/roles

With the properties that the server returns for each role:

    $ postern list -detailed ssh/roles`,
  flags: {
    after: string({ description: 'List only names after this one.' }),
    limit: integer({ description: 'Maximum number of names.' }),
    detailed: boolean({
      description: 'Also show the properties that the server returns for each name.',
      default: false,
    }),
  },
  arguments: [1, 1],
  names: { arguments: ['path'] },
  prints: 'format',
  async run({ args: [typed = ''], flags: { after, limit, detailed }, print, connect }) {
    const path = trimPath(typed)
    const query = {
      ...(after !== undefined && { after }),
      ...(limit !== undefined && { limit: `${limit}` }),
    }
    const envelope = await during(`Error listing ${path}`, connect().list(path, query))
    if (envelope?.wrap_info) {
      await print.secret(envelope)
      return EXIT.ok
    }
    const names = namesOf(envelope)
    if (!envelope || !names) {
      // programs get an empty object and the exit code
      if (print.format === 'table') throw new Failure(`No value found at ${path}`, EXIT.server)
      await print.rows({}, [], [])
      return EXIT.server
    }
    print.warnings(envelope)
    const info = detailed ? infoOf(envelope) : {}
    const columns = [...new Set(Object.values(info).flatMap(Object.keys))].sort()
    const rows = names.map(name => [
      name,
      ...columns.map(column => fieldText(column, info[name]?.[column] ?? 'n/a')),
    ])
    const whole = detailed ? (envelope.data ?? {}) : names
    await print.rows(whole, ['Keys', ...columns], rows)
    return EXIT.ok
  },
})

function namesOf(envelope: Envelope | undefined): readonly string[] | undefined {
  const keys = envelope?.data?.keys
  return keys && isList(keys) ? [...textsOf(keys)].sort() : undefined
}

const infoOf = ({ data }: Envelope): Readonly<Record<string, JsonObject>> =>
  Object.fromEntries(
    Object.entries(objectOf(data?.key_info)).map(([name, info]) => [name, objectOf(info)]),
  )
