import type { JsonObject } from '../envelope.ts'
import { isEmpty } from '../import/same-value.ts'
import { type Block, Reference, type Value, valueText } from './hcl-text.ts'
import { ResourceNames } from './resource-names.ts'

interface Described {
  readonly type: string
  /** What its name is made from. */
  readonly name: readonly string[]
  /** By which Terraform knows what is there already. */
  readonly id: string
  readonly attributes: Readonly<Record<string, Value>>
  readonly blocks?: readonly Block[]
}

/** Collects the resources of a file for Terraform. */
export class Resources {
  readonly #names = new ResourceNames()
  readonly #blocks: Block[] = []
  readonly #addresses = new Map<string, string>()
  readonly #adopts: boolean

  /** @param adopts whether Terraform takes over what is there, by blocks of the type `import` */
  constructor(adopts: boolean) {
    this.#adopts = adopts
  }

  get blocks(): readonly Block[] {
    return this.#blocks
  }

  /** Adds a resource. Gives what makes references to its attributes. */
  add({ type, name, id, attributes, blocks = [] }: Described): (attribute: string) => Reference {
    const own = `${type}.${this.#addNamed(type, name, { attributes, blocks })}`
    this.#addresses.set(id, own)
    if (this.#adopts)
      this.#blocks.push({ head: ['import'], attributes: { to: new Reference(own), id } })
    return attribute => new Reference(`${own}.${attribute}`)
  }

  /** The address of the resource with an id; undefined if there is none. */
  addressOf(id: string): string | undefined {
    return this.#addresses.get(id)
  }

  /** Adds what the provider has no resource for. It compares only the fields that are given. */
  addGeneric(path: string, data: Readonly<Record<string, Value>>, needs: readonly string[]): void {
    this.add({
      type: 'vault_generic_endpoint',
      name: [path],
      id: path,
      attributes: {
        path,
        ignore_absent_fields: true,
        data_json: new Reference(`jsonencode(${valueText(data)})`),
        ...(needs.length > 0 && { depends_on: needs.map(need => new Reference(need)) }),
      },
    })
  }

  #addNamed(
    type: string,
    parts: readonly string[],
    rest: Pick<Block, 'attributes' | 'blocks'>,
  ): string {
    const name = this.#names.nameFor(type, ...parts)
    this.#blocks.push({ head: ['resource', type, name], ...rest })
    return name
  }
}

/** The fields that say something. */
export const saying = (data: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => !isEmpty(value)))
