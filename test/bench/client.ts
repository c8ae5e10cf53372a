import type { Connection } from './connection.ts'
import { request } from './requests.ts'

interface Question {
  readonly verb: string
  /** Below /v1/. */
  readonly path: string
  readonly data?: object
  readonly token?: string
  /** Whether this status is the right answer; else 200 and 204 are. */
  readonly refusal?: number
}

/** A server that is sealed has answered. */
export class Sealed extends Error {}

/** Sends one request and gives the body of the response. @throws {Error} with the response if its status is not the right one; {@link Sealed} */
export async function ask(
  connection: Connection,
  { verb, path, data, token, refusal }: Question,
): Promise<string> {
  const header = token === undefined ? '' : `X-Vault-Token: ${token}\r\n`
  const answer = await connection.ask(request(verb, `/v1/${path}`, data, header))
  const status = Number(answer.slice(9, 12))
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  const isRight = refusal === undefined ? status === 200 || status === 204 : status === refusal
  if (isRight) return body
  const text = `${verb} ${path} was answered ${status}: ${body.trim()}`
  throw status === 503 && /sealed/i.test(body) ? new Sealed(text) : new Error(text)
}

/** The text of one member of a JSON object, wherever it stands. @throws {Error} if it is not there */
export function memberOf(body: string, name: string): string {
  const found = new RegExp(`"${name}":\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(body)?.[1]
  if (found === undefined) throw new Error(`no ${name} in ${body}`)
  return JSON.parse(`"${found}"`)
}
