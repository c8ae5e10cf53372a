/** Put in by the build. */
declare const POSTERN_VERSION: string | undefined

/** The version of the program that is running; `development` when it runs from its sources. */
export const version = typeof POSTERN_VERSION === 'undefined' ? 'development' : POSTERN_VERSION
