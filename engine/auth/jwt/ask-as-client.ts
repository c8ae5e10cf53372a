import type { Config } from './config.ts'
import { type Answer, fetchAnswer } from './fetch-json.ts'

/** How this server proves to a provider which client it is: in a header, or in the form. RFC 6749 §2.3.1. */
export type ClientAuthentication = 'basic' | 'post'

interface Question {
  readonly url: string
  readonly form: Readonly<Record<string, string>>
  /** As the provider has accepted before. Without it, the header is tried first, then the form. */
  readonly authentication?: ClientAuthentication
}

/**
 * Sends a form to the provider as its client; a second time only if it does not accept how this client authenticates.
 * @throws {Invalid} as {@link fetchAnswer}
 */
export async function askAsClient(
  config: Config,
  { url, form, authentication }: Question,
): Promise<Answer & { readonly authentication: ClientAuthentication }> {
  const first = authentication ?? 'basic'
  const answer = await sent(config, { url, form, authentication: first })
  const isRefused = authentication === undefined && answer.json.error === 'invalid_client'
  if (!isRefused) return { ...answer, authentication: first }
  return {
    ...(await sent(config, { url, form, authentication: 'post' })),
    authentication: 'post',
  }
}

function sent(config: Config, { url, form, authentication }: Required<Question>): Promise<Answer> {
  const { oidcClientId: id, oidcClientSecret: secret } = config
  // form-encoded before base64
  const basic = [id, secret].map(encodeURIComponent).join(':')
  const body = new URLSearchParams({
    ...form,
    ...(authentication === 'post' && { client_id: id, client_secret: secret }),
  })
  return fetchAnswer(url, {
    ca: config.oidcDiscoveryCaPem,
    method: 'POST',
    headers: {
      ...(authentication === 'basic' && {
        authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
      }),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: body.toString(),
  })
}
