import { text } from '../text.ts'

/** What is wrong with a text that should be a public key; undefined if the engine may see it. A private key must never be sent. */
export function mistakeInKey(line: string): string | undefined {
  if (/PRIVATE KEY|PuTTY-User-Key-File/.test(line)) return text.certificate.isPrivate
  return /^\s*(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+/.test(line)
    ? undefined
    : text.certificate.notKey
}
