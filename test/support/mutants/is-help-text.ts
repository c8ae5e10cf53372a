/** A place in the syntax tree, as far as it is looked at. */
interface Place {
  readonly node?: { readonly type?: string; readonly key?: { readonly name?: string } }
}

const TEXTS = ['description', 'summary']

/** Whether this is a property that only help and reference show. */
export const isHelpText = (place: object): boolean => {
  const { node } = place as Place
  return node?.type === 'ObjectProperty' && TEXTS.includes(node.key?.name ?? '')
}
