import { expect } from 'chai'
import { editToml } from '../../../../helper/commands/edit-toml.ts'

const CASES: readonly (readonly [what: string, before: string, after: string])[] = [
  ['adds what is not there at the end', 'a = 1\n', 'a = 1\nkey = "x"\n'],
  ['ends a last line that is cut', 'a = 1', 'a = 1\nkey = "x"\n'],
  ['writes into an empty file', '', 'key = "x"\n'],
  [
    'adds it behind the comment that shows it',
    '# why\n# key = "y"\n\na = 1\n',
    '# why\n# key = "y"\nkey = "x"\n\na = 1\n',
  ],
  ['replaces a value, and keeps the comment', 'key = "y"   # why\n', 'key = "x"   # why\n'],
  ['replaces a value in quotes of another kind', "'key'='y'\n", `'key'="x"\n`],
  ['replaces a list in one line', 'key = ["a", "b"] # why\nb = 2\n', 'key = "x" # why\nb = 2\n'],
  [
    'replaces a list in several lines, with brackets in texts and comments',
    'key = [\n  "a]", # b]\n  "c",\n]\nb = 2\n',
    'key = "x"\nb = 2\n',
  ],
  ['leaves keys alone that only begin so', 'key_file = "y"\n', 'key_file = "y"\nkey = "x"\n'],
]

describe('Editing a TOML file', () => {
  for (const [what, before, after] of CASES)
    it(what, () => expect(editToml(before, [['key', '"x"']])).to.equal(after))

  it('sets several keys', () =>
    expect(
      editToml('# b = 1\n', [
        ['a', '1'],
        ['b', '2'],
      ]),
    ).to.equal('# b = 1\nb = 2\na = 1\n'))
})
