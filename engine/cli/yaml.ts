import { Document, Scalar, visit } from 'yaml'
import { escapedYaml } from '../../shared/visible.ts'
import type { Json } from './envelope.ts'

/**
 * A value as YAML, keys sorted, without an end of line. What a reader of YAML 1.1 would take for a truth or a time is quoted, and so
 * are texts with characters that a terminal would act on, which are escaped.
 */
export function yaml(value: Json): string {
  const document = new Document(value, { compat: 'yaml-1.1', sortMapEntries: true })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && escapedYaml(node.value) !== node.value)
        node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return escapedYaml(document.toString({ lineWidth: 0 }).trimEnd())
}
