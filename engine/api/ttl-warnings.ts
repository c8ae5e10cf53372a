import { formatDuration } from '../../shared/duration.ts'

/** A warning that a requested lifetime was capped; none if it was not. Seconds. Contract §3.6. */
export const ttlWarnings = ({
  asked,
  given,
  longest,
}: {
  readonly asked: number
  readonly given: number
  readonly longest: number
}): readonly string[] =>
  given < asked
    ? [
        `TTL of "${formatDuration(asked)}" exceeded the effective max_ttl of "${formatDuration(longest)}"; TTL value is capped accordingly`,
      ]
    : []
