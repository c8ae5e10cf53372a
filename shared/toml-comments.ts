/** A TOML string in any of its four forms, or a comment of TOML or HCL. */
const PIECE =
  /"""(?:[^\\]|\\.)*?"""|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\/\/[^\n]*|\/\*.*?\*\//gs

/** The text without HCL's `//` and block comments. Line numbers stay the same. */
export const withTomlComments = (text: string): string =>
  text.replace(PIECE, piece => (piece.startsWith('/') ? piece.replace(/[^\n]+/g, ' ') : piece))
