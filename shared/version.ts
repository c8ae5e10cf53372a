/** Put in by the build. */
declare const POSTERN_VERSION: string | undefined

/** The version of the program that is running; in semantic form; `0.0.0-development` when it runs from its sources. */
export const version =
  typeof POSTERN_VERSION === 'undefined' ? '0.0.0-development' : POSTERN_VERSION
