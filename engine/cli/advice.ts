import { hintFor } from './hints.ts'
import type { Answer } from './transport.ts'

interface Refused {
  /** The capability that the request takes by its method. */
  readonly capability: 'read' | 'list' | 'update' | 'patch' | 'delete'
  /** Below `/v1/`. */
  readonly path: string
  readonly status: number
  readonly errors: readonly string[]
  readonly hasToken: boolean
  /** Sends another request to the server. */
  readonly ask: (path: string) => Promise<Answer>
}

/** What to do about a refused request; `undefined` if there is nothing to add. */
export async function adviceFor(refused: Refused): Promise<string | undefined> {
  const { path, status, errors, hasToken } = refused
  if (status === 400) return hintFor(errors)
  if (status === 503 && errors.some(text => text.includes('sealed'))) return aboutSeal(refused)
  if (status === 404 && errors.some(text => text.startsWith('no handler for route')))
    return NOT_MOUNTED
  if (status === 404 && errors.includes('namespace not found')) return NO_NAMESPACE
  if (status !== 403) return undefined
  if (isOfLogin(path)) return NO_METHOD
  if (!hasToken) return NO_TOKEN
  if (errors.some(isOfPolicy)) return aboutPolicy(refused)
  return errors.some(isOfToken) ? aboutToken(refused) : undefined
}

// the last one is of Vault since 1.13
const isOfToken = (text: string) =>
  /^(?:permission denied|invalid token|bad token|2 errors occurred:\s+\* permission denied\s+\* invalid token\s*)$/.test(
    text,
  )

/** A denial by a policy is worded as a list. */
export const isOfPolicy = (text: string) =>
  /^1 error occurred:\s+\* permission denied\s*$/.test(text)

function aboutPolicy({ path, capability }: Refused): string {
  const sudo = /^(?:sys|auth\/token)\//.test(path)
    ? '; some paths there require "sudo" as well'
    : ''
  return `The policies of your token do not allow "${capability}" on ${path}${sudo}. If the path is spelt right, ask for a policy that does.`
}

const NO_TOKEN =
  'No token was sent. Log in, for example with "postern login -method=userpass username=NAME", or set POSTERN_TOKEN or VAULT_TOKEN.'

const NO_METHOD = 'Is an auth method enabled there? -path sets its path, if that is not its name.'

const NOT_MOUNTED =
  'Nothing is mounted there: see "postern secrets list" and "postern auth list". For "postern ssh", -mount-point sets the path of the SSH engine.'

const NO_NAMESPACE =
  'The namespace is set by -namespace, POSTERN_NAMESPACE or VAULT_NAMESPACE. Postern has only the root namespace.'

async function aboutToken({ ask }: Refused): Promise<string | undefined> {
  return (await isUnknownToken(ask)) ? UNKNOWN_TOKEN : undefined
}

/** The server gives the same error for an invalid token and for one without the capability. */
async function isUnknownToken(ask: Refused['ask']): Promise<boolean> {
  const { status, errors } = await parsed(ask('auth/token/lookup-self'))
  return status === 403 && (errors ?? []).some(isOfToken)
}

/** Whether a request was refused because the server does not take its token, or because it had none; not because of a policy. */
export async function isForLackOfToken(refused: Omit<Refused, 'capability'>): Promise<boolean> {
  const { path, status, errors, hasToken, ask } = refused
  if (status !== 403 || isOfLogin(path) || !errors.some(isOfToken)) return false
  return !hasToken || isUnknownToken(ask)
}

const isOfLogin = (path: string) => /^auth\/.+\/(?:login|oidc\/)/.test(path)

const UNKNOWN_TOKEN =
  'Your token has expired, was revoked or is mistyped, or may not be used from this address. Log in again, for example with "postern login -method=userpass username=NAME".'

async function aboutSeal({ ask }: Refused): Promise<string | undefined> {
  const { initialized, sealed, progress, t, migration } = await parsed(ask('sys/seal-status'))
  if (initialized === false)
    return 'The engine has not been initialized yet, so there is nothing to unseal. Initialize it with "postern operator init".'
  if (sealed !== true) return undefined
  const far = typeof t === 'number' && t > 0 ? ` It has ${progress} of the ${t} keys it needs.` : ''
  const command = `postern operator unseal${migration === true ? ' -migrate' : ''}`
  return `The holders of its key shares unseal it with "${command}".${far}`
}

interface Parsed {
  readonly status: number
  readonly errors?: readonly string[]
  readonly [name: string]: unknown
}

/** Status and body of an answer; status 0 if there is none that can be parsed. */
async function parsed(asked: Promise<Answer>): Promise<Parsed> {
  try {
    const { status, text } = await asked
    return { ...JSON.parse(text), status }
  } catch {
    return { status: 0 }
  }
}
