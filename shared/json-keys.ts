import { Invalid } from './invalid.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g

/**
 * Refuses an object with a duplicate name, which parsers read differently. RFC 8259 §4.
 * @param json valid JSON
 * @throws {Invalid}
 */
export function requireUniqueKeys(json: string): void {
  const open: Set<string>[] = []
  for (const [token, colon] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string
      const keys = open.at(-1)
      if (keys?.has(key)) throw new Invalid(`the name ${JSON.stringify(key)} occurs twice`)
      keys?.add(key)
    }
  }
}
