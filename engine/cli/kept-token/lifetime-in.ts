import type { Envelope } from '../envelope.ts'
import type { Lifetime } from './known-token.ts'

/** The lifetime of the token that a reply to a login or a renewal has. */
export const lifetimeIn = ({ auth }: Pick<Envelope, 'auth'>): Lifetime => ({
  ttl: auth?.lease_duration ?? 0,
  granted: auth?.lease_duration ?? 0,
  renewable: auth?.renewable === true,
})
