import { Invalid } from '../../shared/invalid.ts'

/** Options without a value. sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
const FLAGS = [
  'agent-forwarding',
  'no-agent-forwarding',
  'no-port-forwarding',
  'no-pty',
  'no-touch-required',
  'no-user-rc',
  'no-x11-forwarding',
  'port-forwarding',
  'pty',
  'restrict',
  'user-rc',
  'verify-required',
  'x11-forwarding',
]

/** Options with a value. Not cert-authority and principals: with them, a key would be a CA. */
const VALUED = [
  'command',
  'environment',
  'expiry-time',
  'from',
  'permitlisten',
  'permitopen',
  'tunnel',
]

/** One option at the beginning of a text: a name, and a value in double quotes, in which a backslash escapes a double quote. */
const OPTION = /^([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)/

/**
 * Parses the options of a line in authorized_keys and encodes them again, so that exactly what was parsed is installed.
 * @throws {Invalid} for an option that is unknown, not allowed here, or malformed
 */
export function parseKeyOptions(text: string): readonly string[] {
  if (/[^\x20-\x7e]/.test(text)) throw new Invalid('options are printable ASCII, on one line')
  const options: string[] = []
  for (let rest = text.trim(); rest !== ''; ) {
    const [whole, name = '', value] = OPTION.exec(rest) ?? []
    if (whole === undefined)
      throw new Invalid(
        `${JSON.stringify(rest.slice(0, 40))} is not options such as no-pty,from="10.0.0.0/8"`,
      )
    options.push(optionOf(name, value))
    if (whole.length === rest.length && whole.endsWith(','))
      throw new Invalid('nothing follows the last comma')
    rest = rest.slice(whole.length)
  }
  return options
}

function optionOf(name: string, value: string | undefined): string {
  const known = name.toLowerCase()
  if (value === undefined && FLAGS.includes(known)) return name
  if (value !== undefined && VALUED.includes(known)) {
    // sshd knows no other escape sequence
    if (/\\[^"]/.test(value.replaceAll('\\"', '')) || value.endsWith('\\'))
      throw new Invalid(`the value of ${name} has a backslash before something but a double quote`)
    return `${name}="${value}"`
  }
  if (FLAGS.includes(known)) throw new Invalid(`option ${name} has no value`)
  if (VALUED.includes(known)) throw new Invalid(`option ${name} needs a value in double quotes`)
  throw new Invalid(`option ${JSON.stringify(name)} cannot be used for installed keys`)
}
