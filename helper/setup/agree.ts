import { createInterface } from 'node:readline/promises'
import { Refusal } from '../refusal.ts'

/** Asks at the terminal. @throws {Refusal} unless the answer is yes, or there is no terminal */
export async function agree(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Refusal('usage', 'nothing was changed: there is no terminal to ask at; add -yes')
  using lines = createInterface({ input: process.stdin, output: process.stderr })
  // an end of the terminal is no answer
  const answer = await lines.question(`${question} [y/N] `).catch(() => '')
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new Refusal('usage', 'nothing was changed')
}
