import { readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'

type Program = ReturnType<typeof parseAst>

/**
 * The defaults of a source's parameters and of the options that it takes apart, `const { maxEntries =
 * 100_000 } = options`: nobody else could say them without repeating them.
 */
export function presetsIn(file: string): Map<string, unknown> {
  const found = new Map<string, unknown>()
  walk(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }, file), ({ type, left, right }) => {
    if (type !== 'AssignmentPattern' || !isNode(left) || !isNode(right)) return
    if (typeof left.name === 'string') found.set(left.name, constantOf(right))
  })
  return found
}

/** The lists of a constant object, such as the names of all options by section. */
export function listsIn(file: string, constant: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  walk(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }, file), (node) => {
    const { id, init } = node
    if (node.type !== 'VariableDeclarator' || !isNode(id) || id.name !== constant) return
    walk(init, ({ type, key, value }) => {
      if (type !== 'Property' || !isNode(key) || !isNode(value)) return
      const items = Array.isArray(value.elements) ? value.elements : []
      found.set(
        String(key.name ?? key.value),
        items.filter(isNode).map((item) => String(item.value)),
      )
    })
  })
  return found
}

type Node = { readonly type: string } & Readonly<Record<string, unknown>>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function walk(value: Program | unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit)
  if (!isNode(value)) return
  visit(value)
  for (const child of Object.values(value)) walk(child, visit)
}

/** Of a literal, of products of numbers, and of the end of `a || b`. */
function constantOf(node: Node): unknown {
  if (node.type === 'Literal') return node.value
  if (!isNode(node.left) || !isNode(node.right)) return undefined
  if (node.operator === '*') return Number(constantOf(node.left)) * Number(constantOf(node.right))
  return node.operator === '||' ? constantOf(node.right) : undefined
}
