import { Invalid } from '../../shared/invalid.ts'
import { readTrusted } from '../../shared/trusted-file.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import { parseBytes } from './share.ts'

/**
 * Reads the keys with which a server unseals itself: one a line, in hex or base64; lines that begin with `#` are comments.
 * The first is used for writing, those after it only for reading what was written before.
 * @throws {Invalid} that names the file, and the line, but shows nothing of it
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
