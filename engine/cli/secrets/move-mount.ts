import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client.ts'
import { EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import { dataOf } from '../reply.ts'
import { RequestError } from '../request-error.ts'
import { valueText } from '../value-text.ts'
import { objectOf } from './secrets-list.ts'

interface Move {
  readonly from: string
  readonly to: string
  /** What is moved, for messages. */
  readonly what: 'auth method' | 'secrets engine'
}

/** Milliseconds between two questions whether a server has finished. Postern has at once. */
const PAUSE = 1000

/** Moves a mount, and waits until it is there. Gives the exit code. @throws {Failure} if the server could not finish it */
export async function moveMount(
  client: Client,
  print: Printer,
  { from, to, what }: Move,
): Promise<number> {
  const started = await dataOf(
    `Error moving ${what} ${from} to ${to}`,
    client.post('sys/remount', { from, to }),
  )
  const id = valueText(started.migration_id ?? '')
  const told = `moving ${what} ${from} to ${to}, with migration ID ${id}`
  print.line(`Started ${told}`)
  for (;;) {
    const status = await statusOf(client, id, told)
    if (status === 'success') print.line(`Success! Finished ${told}`)
    if (status === 'failure') throw new Failure(`Failure! Error encountered ${told}`, EXIT.server)
    if (status !== 'in-progress') return EXIT.ok
    await sleep(PAUSE)
  }
}

/** The status of a move; `hidden` for a token that may move a mount, but not ask for the status. */
async function statusOf(client: Client, id: string, told: string): Promise<string> {
  try {
    const work = client.read(`sys/remount/status/${id}`)
    const data = await dataOf(`Error checking migration status of ${told}`, work)
    return valueText(objectOf(data.migration_info).status ?? '')
  } catch (error) {
    if (
      error instanceof Failure &&
      error.cause instanceof RequestError &&
      error.cause.status === 403
    )
      return 'hidden'
    throw error
  }
}
