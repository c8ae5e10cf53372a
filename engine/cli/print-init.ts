import { isList, type Json, type JsonObject } from './envelope.ts'
import { EXIT, Failure } from './failure.ts'
import type { Printer } from './print.ts'
import { valueText } from './value-text.ts'

interface Quorum {
  /** Auto-unseal: the shares are those of a recovery key. */
  readonly recovers: boolean
  readonly shares: number
  readonly threshold: number
}

/** Prints the keys that a server returned when it was initialized, as Vault's clients do. */
export async function printInit(
  print: Printer,
  data: JsonObject,
  { recovers, shares, threshold }: Quorum,
): Promise<void> {
  if (print.format !== 'table')
    return print.rows(keysForPrograms(data, { shares, threshold }), [], [])
  const base64 = textsOf(data[recovers ? 'recovery_keys_base64' : 'keys_base64'])
  if (base64.length === 0 || !data.root_token) throw new OddKeys('Error initializing', data)
  for (const [index, key] of base64.entries())
    print.line(`${recovers ? 'Recovery' : 'Unseal'} Key ${index + 1}: ${key}`)
  print.line(`\nInitial Root Token: ${valueText(data.root_token ?? '')}\n`)
  if (recovers)
    print.line(
      `The server is initialized, and unsealed with its seal key. The recovery keys are for\nrekeying, for making a new root token, and for unsealing after "operator seal".`,
    )
  else
    print.line(
      `The server is initialized with ${shares} key shares and a key threshold of ${threshold}. Give each
share to a different operator. When the server is sealed or restarted, ${threshold} of them are required
to unseal it before it can serve requests. The server does not store them. Without them,
all data stays sealed for ever.

To unseal it: postern operator unseal. To make new shares: postern operator rekey.`,
    )
}

/** A response without the expected keys. The message shows all of it, since it cannot be retrieved again. */
export class OddKeys extends Failure {
  constructor(what: string, data: JsonObject) {
    const all = JSON.stringify(data, null, 2)
    super(`${what}: unexpected response of the server. This is all of it:\n\n${all}`, EXIT.server)
  }
}

function keysForPrograms(data: JsonObject, { shares, threshold }: Omit<Quorum, 'recovers'>): Json {
  const keys = textsOf(data.keys)
  const recovery = textsOf(data.recovery_keys)
  return {
    unseal_keys_b64: textsOf(data.keys_base64),
    unseal_keys_hex: keys,
    unseal_shares: keys.length > 0 ? shares : 1,
    unseal_threshold: keys.length > 0 ? threshold : 1,
    recovery_keys_b64: textsOf(data.recovery_keys_base64),
    recovery_keys_hex: recovery,
    recovery_keys_shares: recovery.length > 0 ? shares : 0,
    recovery_keys_threshold: recovery.length > 0 ? threshold : 0,
    root_token: data.root_token ?? '',
  }
}

/** A list of texts in a response; empty if it is absent. */
export const textsOf = (value: Json | undefined): readonly string[] =>
  value !== undefined && value !== null && isList(value) ? value.map(valueText) : []
