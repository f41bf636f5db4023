import { readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'

/**
 * The doc comments of the properties of an interface, as written in the source, each on one line. A property of
 * a nested object type is listed with the name of its parent: `flash.lifetime`.
 */
export function commentsOf(file: string, type: string): Map<string, string> {
  const text = readFileSync(file, 'utf8')
  const found = new Map<string, string>()

  function read(value: unknown, prefix: string): void {
    if (Array.isArray(value)) for (const item of value) read(item, prefix)
    if (!isNode(value)) return
    const key = value.type === 'TSPropertySignature' ? value.key : undefined
    const name = isNode(key) ? prefix + String(key.name) : undefined
    if (name) found.set(name, commentBefore(text, value.start))
    for (const child of Object.values(value)) read(child, name ? `${name}.` : prefix)
  }

  for (const statement of parseAst(text, { lang: 'ts' }, file).body) {
    const declaration = 'declaration' in statement ? statement.declaration : statement
    if (declaration?.type !== 'TSInterfaceDeclaration' || declaration.id.name !== type) continue
    read(declaration.body, '')
  }
  return found
}

function commentBefore(text: string, start: number): string {
  const before = text.slice(0, start).trimEnd()
  if (!before.endsWith('*/')) return ''
  const lines = before.slice(before.lastIndexOf('/**') + 3, -2).split('\n')
  return lines
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim()
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
