/** Seconds that a role may give an installation; less than a revocation waits for it to end. */
export const LONGEST_INSTALL = 60
