/** A string in any of TOML's four forms, a comment of TOML, or one of HCL. */
const PIECE =
  /"""(?:[^\\]|\\.)*?"""|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\/\/[^\n]*|\/\*.*?\*\//gs

/** The same text with HCL's comments, `//` and the block form, left out. Its lines keep their numbers. */
export const withTomlComments = (text: string): string =>
  text.replace(PIECE, piece => (piece.startsWith('/') ? piece.replace(/[^\n]+/g, ' ') : piece))
