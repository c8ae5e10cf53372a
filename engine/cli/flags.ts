import {
  boolean,
  duration,
  type Fields,
  fieldKind,
  string,
  type Values,
} from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'

/** Texts of a flag that may be given several times; unlike a list in a request, a comma does not divide one. */
export const texts = fieldKind<readonly string[]>({
  type: 'slice',
  schema: {},
  parse: raw => (Array.isArray(raw) ? raw.map(String) : [String(raw)]),
})

/** `key=value` pairs of a flag that may be given several times. */
export const pairs = fieldKind<Readonly<Record<string, string>>>({
  type: 'map',
  schema: {},
  parse(raw) {
    const words = Array.isArray(raw) ? raw.map(String) : [String(raw)]
    return Object.fromEntries(words.map(pair))
  },
})

/** A text that is usually one of a few, which completion offers; what it may be is judged elsewhere. */
export const choice = (...values: readonly string[]) =>
  fieldKind<string>({ type: 'string', schema: { type: 'string', enum: values }, parse: String })

function pair(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new Invalid('expected key=value')
  return [word.slice(0, at), word.slice(at + 1)]
}

/** Flags of every command that talks to a server. */
export const CONNECTION = {
  address: string({
    description:
      'Address of the server. Also POSTERN_ADDR or VAULT_ADDR; without any, https://127.0.0.1:8200. It is reached by way of the proxy that HTTPS_PROXY or HTTP_PROXY names, unless NO_PROXY names the server.',
  }),
  'ca-cert': string({
    description:
      'File with the PEM certificates of the CAs that may vouch for the server. Also POSTERN_CACERT or VAULT_CACERT.',
  }),
  'ca-path': string({
    description:
      'Folder with PEM certificates of such CAs. Also POSTERN_CAPATH or VAULT_CAPATH; -ca-cert goes first.',
  }),
  'tls-server-name': string({
    description:
      "Name that the server's certificate must be for, where it is not the one in the address. Also POSTERN_TLS_SERVER_NAME or VAULT_TLS_SERVER_NAME.",
  }),
  'tls-skip-verify': boolean({
    description:
      'Trust any certificate. Whoever is between you and the server can then read the token. Also POSTERN_SKIP_VERIFY or VAULT_SKIP_VERIFY.',
  }),
  namespace: string({
    description: 'Namespace of the paths. Also POSTERN_NAMESPACE or VAULT_NAMESPACE.',
  }),
  ns: string({ description: 'Short for -namespace.' }),
  'wrap-ttl': duration({
    description:
      'Wrap the answer into a token that lives so long, as in "5m". Also POSTERN_WRAP_TTL or VAULT_WRAP_TTL.',
  }),
  header: pairs({
    description: 'HTTP header to send, as name=value. May be given several times.',
  }),
  'non-interactive': boolean({
    description: 'Ask nothing at the terminal, and read nothing from it.',
    default: false,
  }),
} satisfies Fields

export type ConnectionFlags = Values<typeof CONNECTION>

/** Flags of commands that print more than a sentence. */
export const OUTPUT = {
  format: choice(
    'table',
    'json',
    'yaml',
  )({
    description:
      'Print the result as "table", "json" or "yaml". Also POSTERN_FORMAT or VAULT_FORMAT.',
  }),
} satisfies Fields

/** The flag of commands whose result has fields. */
export const FIELD = {
  field: string({
    description:
      'Print only the field of this name, raw: without an end of line when a program reads it.',
  }),
} satisfies Fields

/** What every command tells about itself; no help lists it. */
export const HELP = {
  help: boolean({ description: 'Tell how to use the command.', default: false }),
} satisfies Fields
