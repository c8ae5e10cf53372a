import { getAsset, isSea } from 'node:sea'

/** The name of the texts among the assets of a program. */
export const LICENSES = 'LICENSES'

/** Set by the build of a program that is a script. */
declare const POSTERN_LICENSES: string | undefined

/** The licence texts of this program and of the packages in it; undefined when it runs from its sources. */
export function licenseTexts(): string | undefined {
  if (typeof POSTERN_LICENSES !== 'undefined') return POSTERN_LICENSES
  return isSea() ? getAsset(LICENSES, 'utf8') : undefined
}
