/** Characters that no shell, no option of ssh and no URL takes for anything else. */
const HOST = /^(?!-)[A-Za-z0-9._:%-]{1,255}$/
const USER = /^(?!-)[A-Za-z0-9._:%@+-]{1,255}$/

/** Whether a name or address of a host may be used. ssh hands over whatever was typed, or comes from a link or a submodule of git. */
export const isPlainHost = (text: string): boolean => HOST.test(text)

/** Whether the name of a user may be used. */
export const isPlainUser = (text: string): boolean => USER.test(text)
