import type { Duplex, Readable } from 'node:stream'
import { keepOutput } from './kept-output.ts'
import { Lost } from './session-errors.ts'

/** How a command ended, with the beginning of what it printed; on stdout, what followed the mark. */
export interface Ended {
  /** Undefined if it was killed. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Whether it printed its mark. */
  readonly marked: boolean
}

/** A command and what is written to its stdin. */
export interface Command {
  readonly command: string
  readonly input: string
  /** A line that it prints before the output that counts. */
  readonly mark?: string
}

/** Resolves when the command ends. The caller may have stopped waiting by then, so a rejection is marked as handled at once. */
export function endOf(
  channel: Duplex & { readonly stderr: Readable },
  { input, mark }: Command,
): Promise<Ended> {
  const end = new Promise<Ended>((resolve, reject) => {
    const [stdout, stderr] = [keepOutput(channel, mark), keepOutput(channel.stderr)]
    let exit: { readonly code: number | undefined } | undefined
    channel.on('exit', (code: number | null) => {
      exit = { code: code ?? undefined }
    })
    channel.on('error', () => undefined)
    channel.once('close', () => {
      if (exit)
        resolve({ ...exit, stdout: stdout().text, marked: stdout().marked, stderr: stderr().text })
      else reject(new Lost('the host did not report how the command ended'))
    })
    // stdin stays open: ssh2 sends no signal after its end
    channel.write(input)
  })
  end.catch(() => undefined)
  return end
}
