/** The greatest install_timeout in seconds; a revocation waits longer for an installation to end. */
export const LONGEST_INSTALL = 60
