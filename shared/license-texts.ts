import { getAsset, isSea } from 'node:sea'

/** The name under which the build puts the texts into a program. */
export const LICENSES = 'LICENSES'

/** The licence texts of the program that is running, and of all that is bundled with it; undefined when it runs from its sources. */
export const licenseTexts = (): string | undefined =>
  isSea() ? getAsset(LICENSES, 'utf8') : undefined
