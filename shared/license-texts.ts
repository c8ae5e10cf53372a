import { getAsset, isSea } from 'node:sea'

/** The name of the texts among the assets of a program. */
export const LICENSES = 'LICENSES'

/** The licence texts of this program and of the packages in it; undefined when it runs from its sources. */
export const licenseTexts = (): string | undefined =>
  isSea() ? getAsset(LICENSES, 'utf8') : undefined
