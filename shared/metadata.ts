import { Invalid } from './invalid.ts'

/** Limits of metadata, as in Vault: pairs, bytes of a name, bytes of a value. */
export const METADATA = { pairs: 64, name: 128, value: 512 } as const

/** @throws {Invalid} in Vault's words, if metadata exceeds {@link METADATA} */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const entries = Object.entries(metadata)
  if (entries.length > METADATA.pairs)
    throw new Invalid(`metadata cannot contain more than ${METADATA.pairs} key/value pairs`)
  for (const [name, value] of entries) {
    if (Buffer.byteLength(name) > METADATA.name)
      throw new Invalid(`key is too long (limit: ${METADATA.name} characters)`)
    if (Buffer.byteLength(value) > METADATA.value)
      throw new Invalid(`value is too long (limit: ${METADATA.value} characters)`)
  }
}
