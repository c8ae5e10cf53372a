import { isControlled, shown } from '../../../shared/printable.ts'
import { EXIT, Failure } from '../failure.ts'

/**
 * Names that a server lists and that become part of paths, here and on another server. A path with "..", which every client resolves, would
 * lead to something else than what is shown.
 * @throws {Failure} naming the first that no path can have
 */
export function requirePlain(path: string, names: readonly string[]): void {
  const odd = names.find(name => !isPlain(name))
  if (odd === undefined) return
  throw new Failure(
    `Error reading ${path}: unexpected response of the server: it lists ${shown(odd)}, which cannot be part of a path`,
    EXIT.server,
  )
}

const isPlain = (name: string): boolean =>
  !isControlled(name) &&
  name.isWellFormed() &&
  name.split('/').every(part => !['', '.', '..'].includes(part))
