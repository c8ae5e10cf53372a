import { integer, string } from '../../../shared/field.ts'

/** Flags of commands that list many things. */
export const PAGE = {
  after: string({ description: 'Begin behind this name.', default: '' }),
  limit: integer({ description: 'The most to list; 0 for all.', default: 1000 }),
}

/** Says where to go on with a list that was cut off. */
export const moreAfter = (next: string): string =>
  `There are more: go on with -after=${next}, or list all with -limit=0.`
