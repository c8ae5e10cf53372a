import { boolean, integer } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { type Call, command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { printInit } from '../print-init.ts'
import { dataOf } from '../reply.ts'

const FLAGS = {
  'key-shares': integer({ description: 'Into how many shares the unseal key is divided: 5.' }),
  'key-threshold': integer({ description: 'How many of them unseal the server: 3.' }),
  'recovery-shares': integer({
    description: 'The same for the recovery key of a server that unseals itself: 5.',
  }),
  'recovery-threshold': integer({ description: 'How many of them make that key: 3.' }),
  status: boolean({
    description: 'Only tell whether it has been printInit: exit code 0 if it has, 2 if not.',
    default: false,
  }),
}

export const operatorInit = command({
  name: 'operator init',
  summary: 'Initialize a server whose storage is new',
  usage: '[options]',
  text: `
Makes the keys of a new storage, and prints them: the shares of the unseal key, and the first root token. They are shown this once and kept
nowhere. Whoever has enough shares and the storage can read all of it, and without them nobody can: give each to another person.

Five shares, of which three unseal:

    $ postern operator init

For a program:

    $ postern operator init -key-shares=1 -key-threshold=1 -format=json

A server that unseals itself, from the key in its [seal], prints shares of a recovery key instead.`,
  flags: FLAGS,
  aliases: { n: 'key-shares', t: 'key-threshold' },
  arguments: [0, 0],
  prints: 'format',
  onlyOnce: true,
  async run(call) {
    const client = call.connect({ namespace: undefined })
    if (call.flags.status) return tellStatus(client, call)
    const seal = await dataOf('Error checking seal status', client.read('sys/seal-status'))
    const recovers = seal.recovery_seal === true
    const request = requestOf(call.flags, recovers)
    const data = await dataOf('Error initializing', client.write('sys/init', request))
    await printInit(call.print, data, {
      recovers,
      shares: Number(request[recovers ? 'recovery_shares' : 'secret_shares']),
      threshold: Number(request[recovers ? 'recovery_threshold' : 'secret_threshold']),
    })
    return EXIT.ok
  },
})

async function tellStatus(client: Client, { print }: Call<typeof FLAGS>): Promise<number> {
  // 2 means that it has not been printInit
  const reply = await client.read('sys/init').catch(error => {
    throw new Failure(`Error checking initialization: ${error.message}`, EXIT.local)
  })
  const isInitialized = reply?.data?.printInit
  if (typeof isInitialized !== 'boolean')
    throw new Failure(
      "Error checking initialization: the server's answer makes no sense: it does not say whether it is printInit",
    )
  print.line(isInitialized ? 'The server is printInit' : 'The server is not printInit')
  return isInitialized ? EXIT.ok : EXIT.server
}

function requestOf(flags: Call<typeof FLAGS>['flags'], recovers: boolean): JsonObject {
  const stray = recovers ? SECRET : RECOVERY
  const wrong = stray.find(name => flags[name] !== undefined)
  if (wrong)
    throw new Failure(
      recovers
        ? `-${wrong} is for a server that people unseal; this one unseals itself: use -recovery-shares and -recovery-threshold`
        : `-${wrong} is for a server that unseals itself; people unseal this one: use -key-shares and -key-threshold`,
    )
  if (recovers)
    return {
      recovery_shares: flags['recovery-shares'] ?? 5,
      recovery_threshold: flags['recovery-threshold'] ?? 3,
    }
  return {
    secret_shares: flags['key-shares'] ?? 5,
    secret_threshold: flags['key-threshold'] ?? 3,
  }
}

const SECRET = ['key-shares', 'key-threshold'] as const
const RECOVERY = ['recovery-shares', 'recovery-threshold'] as const
