import type { Duplex, Readable } from 'node:stream'
import { keepOutput } from './kept-output.ts'
import { Lost } from './session-errors.ts'

/** How a command ended. Of what it printed, the beginning, or on stdout what followed its mark. */
export interface Ended {
  /** Undefined if it was killed. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Whether its mark was in what it printed. */
  readonly marked: boolean
}

/** A command and what is written to its stdin. */
export interface Command {
  readonly command: string
  readonly input: string
  /** What it prints before that which is wanted of it. */
  readonly mark?: string
}

/** How a command ends. It may end when nobody waits for it any more, so a rejection is marked as handled at once. */
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
      else reject(new Lost('the host does not say how it ended'))
    })
    // not ended: ssh2 sends no signal where nothing can be written
    channel.write(input)
  })
  end.catch(() => undefined)
  return end
}
