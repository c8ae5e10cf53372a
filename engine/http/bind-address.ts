import { isIPv4, isIPv6 } from 'node:net'
import { Invalid } from '../../shared/invalid.ts'

/** An address to listen on; all addresses of the machine if there is no host. */
export interface BindAddress {
  readonly host: string | undefined
  readonly port: number
}

/** Reads `host:port`, `[::1]:port` or `:port`. @throws {Invalid} */
export function parseBindAddress(text: string): BindAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const isWrong = bracketed === undefined ? isNoHost(plain ?? '') : !isIPv6(bracketed)
  if (digits === undefined || port > 65_535 || isWrong)
    throw new Invalid(
      `"${text}" is not an address to listen on: write host:port, as in "127.0.0.1:8200" or "[::1]:8200"`,
    )
  return { host: bracketed ?? (plain || undefined), port }
}

/** Whether a text looks like an IPv4 address but is not one; it cannot be a host name either. */
const isNoHost = (text: string) => /^[\d.]+$/.test(text) && !isIPv4(text)
