import { Invalid } from './invalid.ts'

/**
 * Parses the address of a server. User and password are refused: they would not be sent, but shown in messages.
 * @throws {Invalid} that does not quote what may hold a password
 */
export function parseHttpAddress(text: string): URL {
  // anywhere: "ann:word@host:8200" parses as a URL of the scheme "ann"
  if (text.includes('@'))
    throw new Invalid('an address must not contain a user or a password: remove what is before "@"')
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new Invalid(`${JSON.stringify(text)} is not a URL such as https://engine.example.com:8200`)
}
