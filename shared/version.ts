/** Set by the build. */
declare const POSTERN_VERSION: string | undefined

/** The semantic version of this program; `0.0.0-development` when it runs from its sources. */
export const version =
  typeof POSTERN_VERSION === 'undefined' ? '0.0.0-development' : POSTERN_VERSION
