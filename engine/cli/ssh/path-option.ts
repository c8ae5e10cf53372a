/** An option of ssh whose value is a path. ssh would cut a value at blanks, and fill in what follows a percent sign. */
export const pathOption = (name: string, path: string): readonly [string, string] => [
  '-o',
  `${name}="${path.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`,
]
