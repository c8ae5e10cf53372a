import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { mountPath } from '../path.ts'
import { dataOf } from '../reply.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { valueText } from '../value-text.ts'
import { METHOD_HELP } from './method-help.ts'

export const authHelp = command({
  name: 'auth help',
  summary: 'Show how to log in with an auth method',
  usage: '[options] TYPE | PATH',
  text: `
Shows how to log in with an auth method, by its type, or by the path where it is enabled.

    $ postern auth help userpass

At a path of the server:

    $ postern auth help people/`,
  flags: {},
  arguments: [1, 1],
  async run({ args: [typed = ''], print, connect }) {
    const text = helpOf(typed.trim())
    if (text !== undefined) {
      print.line(text)
      return EXIT.ok
    }
    const path = mountPath(typed)
    const methods = await dataOf('Error listing auth methods', connect().read('sys/auth'))
    const { type } = objectOf(methods[path])
    if (type === undefined)
      throw new Failure(`No auth method available on the server at ${JSON.stringify(path)}`)
    const help = helpOf(valueText(type))
    if (help === undefined)
      throw new Failure(
        `"login" knows no auth method ${JSON.stringify(type)}: use "write" with its login path`,
        EXIT.server,
      )
    print.line(help)
    return EXIT.ok
  },
})

const helpOf = (type: string): string | undefined =>
  Object.hasOwn(METHOD_HELP, type) ? METHOD_HELP[type] : undefined
