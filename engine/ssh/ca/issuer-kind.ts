import { fieldKind, string } from '../../../shared/field.ts'

/** A name or an id of an issuer: in a path, word characters with `.` and `-` inside. Contract §2. */
export const issuerKind = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '\\w(?:[\\w.-]*\\w)?',
  parse: raw => string({ default: '', description: '' }).read(raw),
})
