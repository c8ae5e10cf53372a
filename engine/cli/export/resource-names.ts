/** Names of resources in Terraform, each once for a type. */
export class ResourceNames {
  readonly #taken = new Set<string>()

  /** A name made from what the resource stands for: letters, digits, `_` and `-`, not beginning with a digit. */
  nameFor(type: string, ...parts: readonly string[]): string {
    const plain = parts
      .join('_')
      .replace(/\/+$/, '')
      .replace(/[^A-Za-z0-9_-]/g, '_')
    const name = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`
    let free = name
    for (let at = 2; this.#taken.has(`${type}.${free}`); at++) free = `${name}_${at}`
    this.#taken.add(`${type}.${free}`)
    return free
  }
}
