/** Where a user wants to log in. */
export interface Target {
  /** Undefined for the default of the role. */
  readonly user: string | undefined
  /** Address, or name of an enrolled host. */
  readonly host: string
}

/** Reads `[user@]host`; undefined for what cannot be a host. */
export function targetOf(typed: string): Target | undefined {
  const [, user, host = ''] = /^(?:([^@]*)@)?([^@]*)$/s.exec(typed.trim()) ?? []
  if (!/^[A-Za-z0-9._:-]+$/.test(host)) return undefined
  return { user: user === '' ? undefined : user, host }
}

/** How the API is asked for a target: by the address, or by the name of the host. */
export const fieldsOf = ({ user, host }: Target) => ({
  ...(isAddress(host) ? { ip: host } : { host: host.toLowerCase() }),
  ...(user !== undefined && { username: user }),
})

const isAddress = (host: string) => /^\d+(?:\.\d+){3}$/.test(host) || host.includes(':')
