import { boolean } from '../../../shared/field.ts'

/** The flags of `export`. */
export const EXPORT_FLAGS = {
  adopt: boolean({
    description:
      'Also print "import" blocks, by which Terraform takes over what is there, instead of making it.',
    default: false,
  }),
}
