import { Refusal } from './refusal.ts'

/** pam_exec hands over 511 bytes at the most. */
const LARGEST = 1024

/**
 * All that comes through stdin, up to its end.
 * @throws {Refusal} if that is more than a password
 */
export async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > LARGEST) throw new Refusal('input', 'what was typed is too long, and was not sent')
  }
  return Buffer.concat(chunks)
}
