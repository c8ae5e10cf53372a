import { Failure } from '../failure.ts'

const STRICTNESS = ['yes', 'ask', 'accept-new', 'no', 'off', 'true', 'false']

/** StrictHostKeyChecking of ssh as a user wrote it. @throws {Failure} before a credential is requested, for what ssh does not take */
export function strictness(text: string | undefined): string | undefined {
  if (text === undefined || STRICTNESS.includes(text.toLowerCase())) return text
  throw new Failure(
    `-strict-host-key-checking is "yes", "ask", "accept-new" or "no", not ${JSON.stringify(text)}`,
  )
}
