import { formatDuration } from '../../shared/duration.ts'

/** The warning to a client that asked for more time than it may have; nothing if it got what it asked for. Seconds. Contract §3.6. */
export const cutShort = ({
  asked,
  given,
  longest,
}: {
  readonly asked: number
  readonly given: number
  readonly longest: number
}): { readonly warnings?: readonly string[] } =>
  given < asked
    ? {
        warnings: [
          `TTL of "${formatDuration(asked)}" exceeded the effective max_ttl of "${formatDuration(longest)}"; TTL value is capped accordingly`,
        ],
      }
    : {}
