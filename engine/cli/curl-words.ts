import type { Trust } from '../../shared/tls.ts'
import type { HttpRequest } from './http-request.ts'

/** The words of curl that send the request. The token is not in them. */
export function curlOf({ method, headers, body }: HttpRequest, url: URL, trust: Trust): string {
  const sent = Object.entries(headers)
    .filter(([name]) => name !== 'content-type' || method === 'PATCH')
    .map(([name, value]) => `-H ${header(name, value)}`)
  return [
    'curl',
    ...(trust.skipVerify ? ['--insecure'] : []),
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...(trust.caFile ? [`--cacert ${quoted(trust.caFile)}`] : []),
    ...(trust.caPath ? [`--capath ${quoted(trust.caPath)}`] : []),
    ...sent.sort(),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
    `"${inDoubleQuotes(url.href)}"`,
  ].join(' ')
}

function header(name: string, value: string): string {
  if (name === 'x-vault-token') return `"${canonical(name)}: $(postern print token)"`
  const text = `${canonical(name)}: ${value}`
  // within double quotes an interactive bash replaces it
  return text.includes('!') ? quoted(text) : `"${inDoubleQuotes(text)}"`
}

const inDoubleQuotes = (text: string): string => text.replace(/[\\"$`]/g, '\\$&')

/** As Go writes the name of a header. */
const canonical = (name: string): string =>
  name.toLowerCase().replace(/(?:^|-)[a-z]/g, letter => letter.toUpperCase())

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`
