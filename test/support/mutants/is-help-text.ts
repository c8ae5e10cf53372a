/** A place in the syntax tree, as far as it is looked at. */
interface Place {
  readonly node?: Node
  readonly parent?: Node
}

interface Node {
  readonly type?: string
  readonly key?: { readonly name?: string }
  readonly properties?: readonly Node[]
}

const TEXTS = ['description', 'summary']

/** Whether this is a property that only help and reference show, or an object of nothing else. */
export function isHelpText(place: object): boolean {
  const { node, parent } = place as Place
  if (!node) return false
  const { properties = [] } = node
  if (node.type === 'ObjectExpression') return properties.length > 0 && properties.every(isText)
  // for the documentation only, where it is a property of a field: shared/field.ts
  const ofField = parent?.properties?.some(isText) === true
  return isText(node) || (ofField && isProperty(node, ['required']))
}

const isText = (node: Node): boolean => isProperty(node, TEXTS)

const isProperty = ({ type, key }: Node, names: readonly string[]): boolean =>
  type === 'ObjectProperty' && names.includes(key?.name ?? '')
