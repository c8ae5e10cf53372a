/** Options of OpenSSH that have no value: to be there is all they say. PROTOCOL.certkeys. */
const FLAGS: readonly string[] = [
  'no-touch-required',
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
  'verify-required',
]

/** Options of OpenSSH that are nothing without a value. */
const VALUED: readonly string[] = ['force-command', 'source-address']

/** Names of options are words, so that nobody can mistake what a certificate says. */
export const isOptionName = (name: string): boolean => /^[\w.@-]{1,128}$/.test(name)

/** Options as the texts that a certificate holds. */
export const optionTexts = (map: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(map).map(([name, value]) => {
      const text = textOf(value)
      // how Terraform and people write that a flag is set; OpenSSH reads no certificate in which one has a value
      return [name, FLAGS.includes(name) && text === 'true' ? '' : text]
    }),
  )

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Why OpenSSH could not read a certificate with the option, or nothing if it could. */
export function unreadable(name: string, value: string): string | undefined {
  if (FLAGS.includes(name) && value !== '') return `option ${name} takes no value but true`
  if (VALUED.includes(name) && value === '') return `option ${name} needs a value`
  if (/[\0\r\n]/.test(value)) return `the value of option ${name} is more than one line`
  return undefined
}
