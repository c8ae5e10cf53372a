import { Invalid } from './invalid.ts'

/**
 * Reads the address of a server. It holds no user and no password: they would be sent to nobody, and shown to many.
 * @throws {Invalid} that does not quote what may hold a password
 */
export function parseHttpAddress(text: string): URL {
  // wherever it stands: "ann:word@host:8200" is a URL of the scheme "ann", and others cannot be divided at all
  if (text.includes('@'))
    throw new Invalid('an address holds no user and no password: leave out what stands before "@"')
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new Invalid(`${JSON.stringify(text)} is not a URL such as https://engine.example.com:8200`)
}
