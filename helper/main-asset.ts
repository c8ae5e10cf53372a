/** The names of the script of `main.ts` among the assets of the program, and of V8's code cache of it. */
export const MAIN_ASSET = { script: 'MAIN', cache: 'MAIN_CACHE' } as const
