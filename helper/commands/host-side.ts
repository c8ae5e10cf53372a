import { Refusal } from '../refusal.ts'
import { hostCert } from './host-cert.ts'
import { TOKEN_FLAGS } from './host-token.ts'
import { krl } from './krl.ts'
import { ownVersion } from './own-version.ts'
import { trust } from './trust.ts'
import { type Known, readWords, type Words } from './words.ts'

interface Command extends Known {
  readonly run: (words: Words) => Promise<string>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  krl: { flags: ['out'], run: krl },
  trust: { flags: ['out'], run: trust },
  'host-cert': {
    flags: ['role', 'key', 'principals', 'reload', ...TOKEN_FLAGS],
    run: hostCert,
  },
  version: { flags: [], switches: ['licenses'], run: ownVersion },
}

/** What timers and people have the helper do for a host with certificates. Gives a line that says what was done. @throws {Refusal} */
export function hostSide(name: string, given: readonly string[]): Promise<string> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command)
    throw new Refusal(
      'usage',
      `unknown command "${name}": there are ${Object.keys(COMMANDS).join(', ')}; see -help`,
    )
  return command.run(readWords(name, command, given))
}
