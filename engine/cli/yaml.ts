import { Document, Scalar, visit } from 'yaml'
import { escapedYaml } from '../../shared/visible.ts'
import type { Json } from './envelope.ts'

/**
 * A value as YAML, with sorted keys, without a newline at the end. Texts that are booleans or times in YAML 1.1 are quoted, and control
 * characters are escaped.
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
