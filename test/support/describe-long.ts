/** A suite of the long tests; no suite in the others, which count what they leave out. */
export const describeLong = process.env.POSTERN_TEST_LONG ? describe : () => undefined
