import { configFields } from '../../engine/config/config.ts'
import { helperFields } from '../../helper/config.ts'
import type { Declared } from '../../shared/settings.ts'
import { page, table } from './markdown.ts'
import { settingTables } from './setting-rows.ts'

/** Every key of both configuration files. */
export const configurationPage = (): string =>
  page([
    '# Configuration files',
    'Both are TOML. An unknown key is an error. Durations are strings such as `"30s"`, `"5m"` or `"12h"`; lists are `["a", "b"]` or `"a, b"`. Commented samples are [engine.toml](../../packaging/config/engine.toml) and [helper.toml](../../packaging/config/helper.toml).',
    '## engine.toml',
    ...sections(configFields),
    '## helper.toml',
    ...sections(helperFields),
  ])

const sections = (declared: Declared): readonly string[] =>
  settingTables(declared).flatMap(({ header, rows }) => [
    ...(header ? [`### \`${header}\``] : []),
    table(
      ['key', 'value', 'default', ''],
      rows.map(({ key, type, default: usual, description }) => [
        `\`${key}\``,
        type,
        usual && `\`${usual}\``,
        description,
      ]),
    ),
  ])
