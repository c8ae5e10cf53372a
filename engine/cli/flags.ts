import {
  boolean,
  duration,
  type Fields,
  fieldKind,
  string,
  type Values,
} from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'

/** A flag that may be given several times. Unlike in the list fields of requests, a comma does not separate values. */
export const texts = fieldKind<readonly string[]>({
  type: 'slice',
  schema: {},
  parse: raw => (Array.isArray(raw) ? raw.map(String) : [String(raw)]),
})

/** A flag with `key=value` pairs that may be given several times. */
export const pairs = fieldKind<Readonly<Record<string, string>>>({
  type: 'map',
  schema: {},
  parse(raw) {
    const words = Array.isArray(raw) ? raw.map(String) : [String(raw)]
    return Object.fromEntries(words.map(pair))
  },
})

/** A flag for which completion offers `values`. Others are accepted here; the command checks them. */
export const choice = (...values: readonly string[]) =>
  fieldKind<string>({ type: 'string', schema: { type: 'string', enum: values }, parse: String })

function pair(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new Invalid('expected key=value')
  return [word.slice(0, at), word.slice(at + 1)]
}

/** Flags of every command that connects to a server. */
export const CONNECTION = {
  address: string({
    description:
      'Address of the server. Environment: POSTERN_ADDR or VAULT_ADDR. The default is https://127.0.0.1:8200. The proxy in HTTPS_PROXY or HTTP_PROXY is used unless NO_PROXY covers the server.',
  }),
  'ca-cert': string({
    description:
      'PEM file with the CA certificates that the certificate of the server is verified against. Environment: POSTERN_CACERT or VAULT_CACERT.',
  }),
  'ca-path': string({
    description:
      'Directory with PEM files of such CA certificates. -ca-cert takes precedence. Environment: POSTERN_CAPATH or VAULT_CAPATH.',
  }),
  'tls-server-name': string({
    description:
      'Name that the certificate of the server must match. The default is the host in the address. Environment: POSTERN_TLS_SERVER_NAME or VAULT_TLS_SERVER_NAME.',
  }),
  'tls-skip-verify': boolean({
    description:
      'Do not verify the certificate of the server. An attacker on the network can then read the token. Environment: POSTERN_SKIP_VERIFY or VAULT_SKIP_VERIFY.',
  }),
  namespace: string({
    description: 'Namespace of the paths. Environment: POSTERN_NAMESPACE or VAULT_NAMESPACE.',
  }),
  ns: string({ description: 'Short for -namespace.' }),
  'wrap-ttl': duration({
    description:
      'Wrap the response in a single-use token with this TTL, such as "5m". Environment: POSTERN_WRAP_TTL or VAULT_WRAP_TTL.',
  }),
  header: pairs({
    description: 'HTTP header to send, as name=value. May be given several times.',
  }),
  'disable-redirects': boolean({
    description:
      'Do not follow redirects. Environment: POSTERN_DISABLE_REDIRECTS or VAULT_DISABLE_REDIRECTS.',
  }),
  'output-curl-string': boolean({
    description:
      'Print the first request of the command as a command of curl, and send nothing. What it sends is shown, secrets too, but not the token.',
    default: false,
  }),
  'output-policy': boolean({
    description: 'Print a policy that allows the first request of the command, and send nothing.',
    default: false,
  }),
  'non-interactive': boolean({
    description: 'Never prompt at the terminal or read from it.',
    default: false,
  }),
} satisfies Fields

export type ConnectionFlags = Values<typeof CONNECTION>

/** Flags of commands that print a result. */
export const OUTPUT = {
  format: choice(
    'table',
    'json',
    'yaml',
  )({
    description:
      'Output format: "table", "json" or "yaml". Environment: POSTERN_FORMAT or VAULT_FORMAT.',
  }),
} satisfies Fields

/** The flag of commands whose result has fields. */
export const FIELD = {
  field: string({
    description:
      'Print only this field, unformatted; without a newline at the end unless the output is a terminal.',
  }),
} satisfies Fields

/** Every command has it; help does not list it. */
export const HELP = {
  help: boolean({ description: 'Show the help of the command.', default: false }),
} satisfies Fields
