import { expect } from 'chai'
import { blockText, Reference, valueText } from '../../../../engine/cli/export/hcl-text.ts'

describe('blockText', () => {
  it('aligns attributes as terraform fmt does', () => {
    const inner = { head: ['lifecycle'] as const, attributes: { prevent_destroy: true } }
    const attributes = {
      name: 'web',
      default_extensions: { 'permit-pty': '' },
      port: 22,
      backend: new Reference('vault_mount.ssh.path'),
    }
    expect(
      blockText({ head: ['resource', 'x', 'web'], attributes, blocks: [inner] }),
    ).to.equal(`resource "x" "web" {
  name = "web"
  default_extensions = {
    "permit-pty" = ""
  }
  port    = 22
  backend = vault_mount.ssh.path

  lifecycle {
    prevent_destroy = true
  }
}`)
  })

  it('prints a text of several lines as it is, aligned with what is before it', () => {
    const attributes = { name: 'x', policy: 'path "a" {\n}\n' }
    expect(blockText({ head: ['x'], attributes })).to.equal(
      'x {\n  name   = "x"\n  policy = <<EOT\npath "a" {\n}\nEOT\n}',
    )
  })
})

/** A text as the attribute of a block. */
const attribute = (text: string): string =>
  blockText({ head: ['x'], attributes: { a: text } }).slice('x {\n  a = '.length, -'\n}'.length)

describe('valueText', () => {
  it('lets nothing in a text be a template of Terraform', () => {
    expect(valueText(`\${file("/etc/shadow")} %{if true}`)).to.equal(
      '"$${file(\\"/etc/shadow\\")} %%{if true}"',
    )
    expect(attribute(`a \${b}\n%{c}\n`)).to.equal('<<EOT\na $${b}\n%%{c}\nEOT')
    const key = `\${file("x")}`
    expect(valueText({ [key]: 1 })).to.equal('{\n  "$${file(\\"x\\")}" = 1\n}')
  })

  it('keeps a backslash before a letter that would make an escape', () => {
    expect(valueText('C:\\foo\\bar')).to.equal('"C:\\\\foo\\\\bar"')
  })

  it('has no heredoc within a list, a map or a block, where its lines would be indented', () => {
    expect(valueText(['a\nb\n'])).to.equal('["a\\nb\\n"]')
    expect(valueText({ a: 'a\nb\n' })).to.equal('{\n  "a" = "a\\nb\\n"\n}')
    const inner = { head: ['y'] as const, attributes: { a: 'a\nb\n' } }
    expect(blockText({ head: ['x'], attributes: {}, blocks: [inner] })).to.include('a = "a\\nb\\n"')
  })

  it('writes no field of a server that is no name of an attribute', () => {
    for (const name of ['a = 1\n}\nresource "x" "y" {\nb', '', '1a', 'a b', `\${a}`])
      expect(() => blockText({ head: ['x'], attributes: { [name]: 1 } })).to.throw(
        /cannot be the name of an attribute/,
      )
  })

  it('quotes a text that would end a heredoc, or that has control characters', () => {
    expect(attribute('a\nEOT\nb\n')).to.equal('"a\\nEOT\\nb\\n"')
    expect(attribute('a\nb')).to.equal('"a\\nb"')
    expect(attribute('a\n\b\f\n')).to.equal('"a\\n\\u0008\\u000c\\n"')
    expect(attribute('\ud800')).to.equal('"\ufffd"')
  })

  it('prints lists and references', () => {
    expect(valueText(['a', new Reference('b.c'), 1])).to.equal('["a", b.c, 1]')
    expect(valueText({})).to.equal('{}')
  })
})
