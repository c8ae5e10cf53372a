import { Invalid } from '../../shared/invalid.ts'

/** Where to listen. No host is every address of the machine. */
export interface BindAddress {
  readonly host: string | undefined
  readonly port: number
}

/** Reads `host:port`, `[::1]:port` or `:port`. @throws {Invalid} */
export function parseBindAddress(text: string): BindAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535)
    throw new Invalid(
      `"${text}" is not an address to listen on: write host:port, as in "127.0.0.1:8200"`,
    )
  return { host: bracketed ?? (plain || undefined), port }
}
