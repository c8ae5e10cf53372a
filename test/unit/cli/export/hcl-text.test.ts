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

describe('valueText', () => {
  it('lets nothing in a text be a template of Terraform', () => {
    expect(valueText(`\${file("/etc/shadow")} %{if true}`)).to.equal(
      '"$${file(\\"/etc/shadow\\")} %%{if true}"',
    )
    expect(valueText(`a \${b}\n%{c}\n`)).to.equal('<<EOT\na $${b}\n%%{c}\nEOT')
  })

  it('quotes a text that would end a heredoc, or that has control characters', () => {
    expect(valueText('a\nEOT\nb\n')).to.equal('"a\\nEOT\\nb\\n"')
    expect(valueText('a\nb')).to.equal('"a\\nb"')
    expect(valueText('a\n\b\f\n')).to.equal('"a\\n\\u0008\\u000c\\n"')
  })

  it('prints lists and references', () => {
    expect(valueText(['a', new Reference('b.c'), 1])).to.equal('["a", b.c, 1]')
    expect(valueText({})).to.equal('{}')
  })
})
