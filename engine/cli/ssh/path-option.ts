/** An option of ssh whose value is a path, quoted because of blanks, with percent signs escaped. */
export const pathOption = (name: string, path: string): readonly [string, string] => [
  '-o',
  `${name}="${path.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`,
]
