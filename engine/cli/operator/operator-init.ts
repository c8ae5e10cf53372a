import { boolean, integer } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { type Call, command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { printInit } from '../print-init.ts'
import { dataOf } from '../reply.ts'

const FLAGS = {
  'key-shares': integer({ description: 'Number of shares of the unseal key. The default is 5.' }),
  'key-threshold': integer({
    description: 'Number of shares required to unseal. The default is 3.',
  }),
  'recovery-shares': integer({
    description: 'With auto-unseal: number of shares of the recovery key. The default is 5.',
  }),
  'recovery-threshold': integer({
    description:
      'With auto-unseal: number of shares that make up the recovery key. The default is 3.',
  }),
  status: boolean({
    description:
      'Only check whether the server is initialized: exit code 0 if it is, 2 if not, 1 on an error.',
    default: false,
  }),
}

export const operatorInit = command({
  name: 'operator init',
  summary: 'Initialize a server',
  usage: '[options]',
  text: `
Creates the keys of a new storage and prints the shares of the unseal key and the initial root token. They are printed once and stored
nowhere. Anyone with enough shares and the storage can read all data; without the shares nobody can. Give each share to a different
operator.

Five shares, three of which are required to unseal:

    $ postern operator init

For programs:

    $ postern operator init -key-shares=1 -key-threshold=1 -format=json

With auto-unseal ([seal] of the configuration), it prints shares of a recovery key instead.`,
  flags: FLAGS,
  aliases: { n: 'key-shares', t: 'key-threshold' },
  arguments: [0, 0],
  prints: 'format',
  onlyOnce: true,
  async run(call) {
    const client = call.connect({ namespace: undefined })
    if (call.flags.status) return printStatus(client, call)
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

async function printStatus(client: Client, { print }: Call<typeof FLAGS>): Promise<number> {
  // exit code 2 means that it has not been initialized
  const reply = await client.read('sys/init').catch(error => {
    throw new Failure(`Error checking initialization: ${error.message}`, EXIT.local)
  })
  const isInitialized = reply?.data?.initialized
  if (typeof isInitialized !== 'boolean')
    throw new Failure(
      'Error checking initialization: unexpected response of the server: it has no "initialized"',
    )
  print.line(isInitialized ? 'The server is initialized' : 'The server is not initialized')
  return isInitialized ? EXIT.ok : EXIT.server
}

function requestOf(flags: Call<typeof FLAGS>['flags'], recovers: boolean): JsonObject {
  const stray = recovers ? SECRET : RECOVERY
  const wrong = stray.find(name => flags[name] !== undefined)
  if (wrong)
    throw new Failure(
      recovers
        ? `-${wrong} does not apply with auto-unseal: use -recovery-shares and -recovery-threshold`
        : `-${wrong} applies only with auto-unseal: use -key-shares and -key-threshold`,
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
