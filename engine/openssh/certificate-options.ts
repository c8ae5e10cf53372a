import { Invalid } from '../../shared/invalid.ts'
import { sourceAddresses } from './source-address.ts'

/** Options of OpenSSH without a value. PROTOCOL.certkeys. */
const FLAGS: readonly string[] = [
  'no-touch-required',
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
  'verify-required',
]

/** Options that sshd only obeys as critical options. */
const CRITICAL: readonly string[] = ['force-command', 'source-address', 'verify-required']

/** Options of OpenSSH that need a value. */
const VALUED: readonly string[] = ['force-command', 'source-address']

/** Whether a name has only the characters of option names, so that it cannot be confused with another. */
export const isOptionName = (name: string): boolean => /^[\w.@-]{1,128}$/.test(name)

/** Options as texts in the form that OpenSSH reads. */
export const optionTexts = (map: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(map).map(([name, value]) => [name, readable(name, textOf(value))]),
  )

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function readable(name: string, text: string): string {
  // Terraform and users write flags as "true"; OpenSSH cannot read a certificate in which a flag has a value
  if (FLAGS.includes(name) && text === 'true') return ''
  return name === 'source-address' && unreadable(name, text) === undefined
    ? sourceAddresses(text)
    : text
}

/** Why OpenSSH could not read a certificate with the option; undefined if it can. */
export function unreadable(name: string, value: string): string | undefined {
  if (FLAGS.includes(name) && value !== '') return `option ${name} takes no value but true`
  if (VALUED.includes(name) && value === '') return `option ${name} needs a value`
  if (/[\0\r\n]/.test(value)) return `the value of option ${name} is more than one line`
  return name === 'source-address' ? wrongAddresses(value) : undefined
}

function wrongAddresses(value: string): string | undefined {
  try {
    sourceAddresses(value)
    return undefined
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return `option source-address: ${error.message}`
  }
}

/** Warnings about options that can be signed, but do not have the effect that their names suggest. */
export function optionWarnings({
  criticalOptions,
  extensions,
}: {
  readonly criticalOptions: object
  readonly extensions: object
}): readonly string[] {
  // names with a domain belong to other implementations
  const unknown = Object.keys(criticalOptions).filter(
    name => !CRITICAL.includes(name) && !name.includes('@'),
  )
  const misplaced = Object.keys(extensions).filter(name => CRITICAL.includes(name))
  return [
    ...unknown.map(
      name => `OpenSSH does not support the critical option ${name} and refuses this certificate`,
    ),
    ...misplaced.map(
      name =>
        `as an extension ${name} restricts nothing: OpenSSH only obeys it as a critical option`,
    ),
  ]
}
