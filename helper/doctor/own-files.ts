import { contentOf } from '../commands/install-file.ts'
import { Refusal } from '../refusal.ts'
import type { Context } from './context.ts'

/** The content of a file of sshd; undefined if sshd could not read it either, or it is empty. */
export function contentIn({ host }: Context, file: string): Buffer | undefined {
  try {
    const content = contentOf(host.real(file))
    return content?.length === 0 ? undefined : content
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
