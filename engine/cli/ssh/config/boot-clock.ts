/** Milliseconds by a clock that nobody can set, and that all processes have in common until the machine is booted again. */
export const bootClock = (): number => Number(process.hrtime.bigint() / 1_000_000n)
