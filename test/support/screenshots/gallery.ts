import type { STATES } from './states.ts'

/** The page of the images, in Markdown. */
export const gallery = (states: Pick<(typeof STATES)[number], 'name' | 'caption'>[]): string =>
  `${[
    '# What the page looks like',
    'Light and dark, on a desktop and on a phone, with a real engine and a real host. `npm run screenshots` makes these images, and this page. [What the page does](../page.md).',
    ...states.map(
      ({ name, caption }) => `## ${title(name)}\n\n${caption}\n\n![${caption}](${name}.png)`,
    ),
  ].join('\n\n')}\n`

const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
