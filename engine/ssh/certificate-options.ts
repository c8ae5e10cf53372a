/** Options of OpenSSH that have no value: to be there is all they say. PROTOCOL.certkeys. */
export const FLAGS: readonly string[] = [
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

/** Why OpenSSH could not read a certificate with the option, or nothing if it could. */
export function unreadable(name: string, value: string): string | undefined {
  if (FLAGS.includes(name) && value !== '') return `option ${name} takes no value but true`
  if (VALUED.includes(name) && value === '') return `option ${name} needs a value`
  if (/[\0\r\n]/.test(value)) return `the value of option ${name} is more than one line`
  return undefined
}
