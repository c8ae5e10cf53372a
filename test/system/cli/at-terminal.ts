import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

interface TerminalRun {
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of the shell, behind the words. */
  readonly redirection?: string
}

/** A question as the terminal shows it, and what is typed then. */
type Answer = readonly [question: string, answer: string]

/** Runs a program at a terminal of its own, and types each answer as soon as its question is shown. Gives all that was shown. */
export async function atTerminal(
  answers: readonly Answer[],
  { words, environment, redirection = '' }: TerminalRun,
): Promise<{ readonly code: number; readonly shown: string }> {
  const quoted = words.map(word => `'${word}'`).join(' ')
  const command = `${quoted} ${redirection}`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...environment, TERM: 'dumb' },
  })
  const left = [...answers]
  let shown = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
    const [question, answer] = left[0] ?? []
    const at = question === undefined ? -1 : shown.indexOf(question, seen)
    if (question === undefined || at < 0) return
    seen = at + question.length
    left.shift()
    child.stdin.write(answer)
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, shown: shown.replaceAll('\r\n', '\n') }
}

/** @throws {Error} where there is no program that makes a terminal */
export function requireTerminal(): void {
  try {
    execFileSync('script', ['--version'])
  } catch (cause) {
    throw new Error('a terminal takes the program script: apt-get install bsdutils', { cause })
  }
}
