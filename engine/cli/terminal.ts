import { closeSync, openSync, writeSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { visible } from '../../shared/visible.ts'

/** Milliseconds for the user to answer. */
const ANSWER_TIMEOUT = 5 * 60_000

interface Asking {
  readonly hidden: boolean
  /** Aborts when nobody waits for the answer any more. */
  readonly until?: AbortSignal
}

/**
 * Prompts at the terminal, whatever stdin and stdout are; with `hidden`, the answer is not echoed.
 * `undefined` without a terminal, if the user cancels (Ctrl-C, Ctrl-D), if `until` is aborted, and after {@link ANSWER_TIMEOUT}.
 */
export async function askTerminal(
  question: string,
  { hidden, until }: Asking,
): Promise<string | undefined> {
  const terminal = openTerminal()
  if (!terminal) return undefined
  const write = (text: string) => writeSync(terminal.fd, text)
  try {
    if (hidden) terminal.stream.setRawMode(true)
    // a question may come from an untrusted host
    write(visible(question))
    return await readAnswer(terminal.stream, until)
  } finally {
    if (hidden) terminal.stream.setRawMode(false)
    if (hidden) write('\n')
    terminal.stream.destroy()
  }
}

interface Terminal {
  /** To write to. */
  readonly fd: number
  readonly stream: ReadStream
}

/** The controlling terminal of this process. Without one, as under `su -c`, the terminal that stdin is, whose file may be another user's. */
function openTerminal(): Terminal | undefined {
  let fd: number | undefined
  try {
    fd = openSync('/dev/tty', 'r+')
    return { fd, stream: new ReadStream(fd) }
  } catch {
    // no terminal
    if (fd !== undefined) closeSync(fd)
    // closing the stream leaves stdin open
    return isatty(0) ? { fd: 2, stream: new ReadStream(0) } : undefined
  }
}

async function readAnswer(terminal: ReadStream, until?: AbortSignal): Promise<string | undefined> {
  let answer = ''
  const timer = setTimeout(() => {
    if (terminal.isRaw) terminal.setRawMode(false)
    terminal.destroy()
  }, ANSWER_TIMEOUT)
  // its modes may be those of another program by then
  const stop = () => terminal.destroy()
  until?.addEventListener('abort', stop)
  try {
    for await (const chunk of terminal) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n') return answer
        if (CANCEL_KEYS.has(char)) return undefined
        answer = ERASE_KEYS.has(char) ? answer.slice(0, -1) : answer + char
      }
    }
    return undefined
  } finally {
    clearTimeout(timer)
    until?.removeEventListener('abort', stop)
  }
}

const CANCEL_KEYS: ReadonlySet<string> = new Set(['\u0003', '\u0004'])
const ERASE_KEYS: ReadonlySet<string> = new Set(['\b', '\u007f'])
