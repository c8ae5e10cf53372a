import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Secret } from '../../../shared/secret.ts'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { controlTerminal } from '../outputs.ts'

/** Milliseconds for a program to take the text. */
const COPY_TIMEOUT = 3_000

interface ClipboardProgram {
  readonly words: readonly [string, ...string[]]
  /** The variable that says that its desktop is there; undefined where the system is one. */
  readonly variable?: string
  readonly platform?: NodeJS.Platform
}

const PROGRAMS: readonly ClipboardProgram[] = [
  { words: ['wl-copy'], variable: 'WAYLAND_DISPLAY' },
  { words: ['xclip', '-selection', 'clipboard'], variable: 'DISPLAY' },
  { words: ['xsel', '--clipboard', '--input'], variable: 'DISPLAY' },
  { words: ['pbcopy'], platform: 'darwin' },
  { words: ['clip.exe'], platform: 'win32' },
  { words: ['clip.exe'], variable: 'WSL_DISTRO_NAME' },
]

/**
 * Copies a text to the clipboard of the desktop, if a program for it is there, and by OSC 52 to that of the terminal, which may be on
 * another machine. Gives where it was sent; whether the terminal takes it is unknown. The text is in no argument.
 */
export async function copyToClipboard(
  text: Secret,
  environment: CliIo['environment'],
): Promise<readonly string[]> {
  const sent: string[] = []
  for (const { words, variable, platform } of PROGRAMS) {
    const isThere = variable === undefined ? platform === process.platform : environment[variable]
    if (!isThere || !(await gave(words, text, environment))) continue
    sent.push(`the clipboard by ${words[0]}`)
    break
  }
  const encoded = Buffer.from(text.reveal()).toString('base64')
  if (controlTerminal(`\u001b]52;c;${encoded}\u0007`))
    sent.push('the terminal by OSC 52, if it permits that')
  return sent
}

async function gave(
  [program, ...words]: ClipboardProgram['words'],
  text: Secret,
  environment: CliIo['environment'],
): Promise<boolean> {
  try {
    // it stays in the background with the text, and must not hold our output open
    const copying = spawn(program, words, {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: childEnvironment(environment),
      timeout: COPY_TIMEOUT,
    })
    copying.stdin.on('error', () => undefined)
    copying.stdin.end(text.reveal())
    const [code] = (await once(copying, 'close')) as [number | null]
    return code === 0
  } catch {
    // there is no such program
    return false
  }
}
