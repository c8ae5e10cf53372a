import type { JsonObject } from '../../envelope.ts'
import { lossOf, showAtTerminal } from '../../outputs.ts'
import { textsOf } from '../../print-init.ts'
import { readSealKey } from './seal-key-step.ts'
import type { SetupCall } from './setup-flags.ts'
import type { SealKeyPlace } from './setup-plan.ts'

/** The keys that only this run has, with the names of JSON. */
export const keysOf = (place: SealKeyPlace, keys: JsonObject): JsonObject => ({
  recovery_keys_b64: textsOf(keys.recovery_keys_base64),
  seal_key: readSealKey(place),
  root_token: keys.root_token ?? '',
})

/** Shows them at once, since a later step may fail: at the terminal, if standard output fails. */
export async function showKeys({ io, print }: SetupCall, shown: JsonObject): Promise<void> {
  const text = keysText(shown)
  print.line(text)
  const lost = await io.stdout.lost()
  if (lost && !showAtTerminal(`${lossOf(lost)}\n${text}\n`)) io.stderr.write(`${text}\n`)
}

const keysText = ({ recovery_keys_b64, seal_key, root_token }: JsonObject): string => `
These are shown once, and are in no file:

${textsOf(recovery_keys_b64)
  .map((key, index) => `Recovery Key ${index + 1}: ${key}`)
  .join('\n')}

Seal Key: ${seal_key}

Root Token: ${root_token}

Give each recovery key to a different person: together they make a new root token. Keep the seal
key apart from the backups: with it, a backup can be read on another machine, and without it
nowhere. The root token is revoked at the end; it is needed only if this command is cut short now.
`
