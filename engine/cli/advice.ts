import type { Answer } from './transport.ts'

interface Refused {
  /** Below `/v1/`. */
  readonly path: string
  readonly status: number
  readonly errors: readonly string[]
  readonly hasToken: boolean
  /** Asks the server for something more. */
  readonly ask: (path: string) => Promise<Answer>
}

/** What to do about an answer that says no; nothing where there is nothing to add. */
export async function adviceFor(refused: Refused): Promise<string | undefined> {
  const { path, status, errors, hasToken } = refused
  if (status === 503 && errors.some(text => text.includes('sealed'))) return aboutSeal(refused)
  if (status === 404 && errors.some(text => text.startsWith('no handler for route')))
    return NOT_MOUNTED
  if (status === 404 && errors.includes('namespace not found')) return NO_NAMESPACE
  if (status !== 403) return undefined
  if (/^auth\/.+\/login/.test(path)) return NO_METHOD
  if (!hasToken) return NO_TOKEN
  // the denial by a policy is worded as a list
  return errors.some(isOfToken) ? aboutToken(refused) : undefined
}

const isOfToken = (text: string) => /^(?:permission denied|invalid token|bad token)$/.test(text)

const NO_TOKEN =
  'No token was sent. Log in with "postern login", or set POSTERN_TOKEN or VAULT_TOKEN.'

const NO_METHOD =
  'Is a method for logins enabled there? -path names its path, where that is not the name of the method.'

const NOT_MOUNTED =
  'Nothing is mounted there: "postern secrets list" and "postern auth list" show what is. For "postern ssh", -mount-point names the path of the SSH engine.'

const NO_NAMESPACE =
  'The namespace comes from -namespace, POSTERN_NAMESPACE or VAULT_NAMESPACE. Postern has only the one that needs no name.'

/** The server says the same of a token that it does not know and of one that may not do this. */
async function aboutToken({ ask }: Refused): Promise<string | undefined> {
  const { status, errors } = await parsed(ask('auth/token/lookup-self'))
  return status === 403 && (errors ?? []).some(isOfToken) ? UNKNOWN_TOKEN : undefined
}

const UNKNOWN_TOKEN =
  'Your token has expired or was revoked, or may not be used from this address. Log in again with "postern login".'

async function aboutSeal({ ask }: Refused): Promise<string | undefined> {
  const { initialized, sealed, progress, t } = await parsed(ask('sys/seal-status'))
  if (initialized === false)
    return 'The engine has not been initialized yet, so it has nothing to unseal. "postern operator init" does that, once.'
  if (sealed !== true) return undefined
  const far = typeof t === 'number' && t > 0 ? ` It has ${progress} of the ${t} keys it needs.` : ''
  return `Those who hold its keys open it with "postern operator unseal".${far}`
}

interface Parsed {
  readonly status: number
  readonly errors?: readonly string[]
  readonly [name: string]: unknown
}

/** What an answer says; next to nothing where none is had, or none that can be read. */
async function parsed(asked: Promise<Answer>): Promise<Parsed> {
  try {
    const { status, text } = await asked
    return { ...JSON.parse(text), status }
  } catch {
    return { status: 0 }
  }
}
