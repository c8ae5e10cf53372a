interface Redirect {
  readonly url: URL
  readonly status: number
  readonly location: string | undefined
}

interface Redirection {
  /** Where to send the same request. @throws {Error} if the redirect must not be followed */
  follow(): URL
  /** An error with the reason why it is not followed. */
  error(why: string): Error
}

/** Redirects that Vault's clients follow with the same method and body. */
const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 307, 308])

/** The redirect in an answer; `undefined` if it is none. */
export function redirection({ url, status, location }: Redirect): Redirection | undefined {
  if (status < 300 || status > 399) return undefined
  const to = location === undefined ? undefined : URL.parse(location, url.href)
  const place = to ? `to ${to.origin}${to.pathname}` : 'nowhere'
  const error = (why: string) =>
    new Error(
      `${url.origin} sent a redirect (${status}) ${place} ${why}, and nothing was done: set POSTERN_ADDR or VAULT_ADDR to the address of the server`,
    )
  return { error, follow }

  function follow(): URL {
    if (!to || !FOLLOWED.has(status)) throw error('which is not followed')
    if (url.protocol === 'https:' && to.protocol !== 'https:')
      throw new Error('redirect would cause protocol downgrade')
    if (!['http:', 'https:'].includes(to.protocol) || to.username || to.password)
      throw error('which is not followed')
    return to
  }
}
