import { Invalid } from '../../shared/invalid.ts'
import { readTrusted } from '../../shared/trusted-file.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import { parseBytes } from './share.ts'

/**
 * Reads the seal keys of a server with auto-unseal: one per line, in hex or base64; lines that begin with `#` are comments. The first key
 * encrypts; the others only decrypt.
 * @throws {Invalid} with the name of the file and the number of the line, but not its content
 */
export function readSealKeys(file: string, { secret }: { readonly secret: boolean }) {
  const keys: Buffer[] = []
  for (const [index, line] of readTrusted(file, { links: true, secret }).split('\n').entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const key = parseBytes(text)
    if (key?.length !== KEY_BYTES)
      throw new Invalid(`${file}: line ${index + 1} is not a key of 32 bytes in hex or base64`)
    keys.push(key)
  }
  if (keys.length === 0) throw new Invalid(`${file} holds no key`)
  return keys
}
