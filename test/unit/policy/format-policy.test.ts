import { expect } from 'chai'
import fc from 'fast-check'
import { formatPolicy } from '../../../engine/policy/format-policy.ts'
import { parsePolicy } from '../../../engine/policy/parse-policy.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('formatPolicy', () => {
  it('indents each level, comments too, and leaves texts of several lines as they are', () => {
    const source = `
# who may log in
      path "a" {
# what
capabilities   =   [
"read",
      "list"]

  comment=<<EOF
   as it  is = {
EOF
        allowed_parameters { "ip"=[] }

}  # end
`
    expect(formatPolicy(source)).to.equal(`# who may log in
path "a" {
  # what
  capabilities = [
    "read",
    "list"]

  comment = <<EOF
   as it  is = {
EOF
  allowed_parameters { "ip"=[] }

}  # end
`)
  })

  it('lays out JSON as JSON', () => {
    expect(formatPolicy('{"path": {"a": {"policy": "read"}}}')).to.equal(
      '{\n  "path": {\n    "a": {\n      "policy": "read"\n    }\n  }\n}\n',
    )
  })

  it('refuses what is no policy', () => {
    expect(() => formatPolicy('path {')).to.throw(Invalid)
  })

  it('changes nothing of what a policy says, and nothing the second time', () => {
    const piece = fc.constantFrom(
      ...['\n', '  ', '# x = {\n', '/* y\n [ */', 'path "a" {\ncapabilities=["read"]\n}\n'],
      ...[
        'path "b=" { comment = <<X\n }\n\n\n  z = 1\nX\n capabilities =\n[\n"list",]}\n',
        '// "\n',
      ],
      ...['path c {\n\n\n"policy"="read"\nallowed_parameters {\n"x = y" = [ "{" ]\n}\n}\n'],
    )
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const source = pieces.join('')
        const once = formatPolicy(source)
        expect(parsePolicy(once)).to.deep.equal(parsePolicy(source))
        expect(formatPolicy(once)).to.equal(once)
      }),
    )
  })
})
