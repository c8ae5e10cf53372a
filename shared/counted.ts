/** How many of something, as in "1 line" and "2 lines". */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`

/** The verb that goes with so many. */
export const areOf = (count: number): 'is' | 'are' => (count === 1 ? 'is' : 'are')
