import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { parseAst } from 'rolldown/parseAst'

/** The outside types in declarations: packages by their specifier, globals by their name. */
export interface Foreign {
  files: string[]
  packages: Set<string>
  globals: Set<string>
}

/** Names that only `@types/node` declares. */
const OF_NODE =
  /^(Buffer|NodeJS|process|global|require|module|__dirname|__filename|BufferEncoding)$/

/** Follows the declarations from an entry through every file of the package. */
export async function foreignTo(entry: string): Promise<Foreign> {
  const foreign: Foreign = { files: [], packages: new Set(), globals: new Set() }
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(dirname(entry), file)
    if (foreign.files.includes(name)) continue
    foreign.files.push(name)
    const { specifiers, globals } = uses(await readFile(file, 'utf8'))
    for (const used of globals) foreign.globals.add(used)
    for (const specifier of specifiers) {
      if (specifier.startsWith('.')) waiting.push(declarationOf(resolve(dirname(file), specifier)))
      else foreign.packages.add(specifier)
    }
  }
  return foreign
}

/** `./a.js` is declared in `./a.d.ts`. tsc keeps the `.ts` of a type import. */
function declarationOf(path: string): string {
  return path.replace(/(?<!\.d)\.[jt]s$/, '.d.ts')
}

/** The imports, module augmentations, references and globals in one declaration file. */
export function uses(text: string): { specifiers: string[]; globals: string[] } {
  const specifiers: string[] = []
  const globals: string[] = []
  for (const [, directive = ''] of text.matchAll(/^\/\/\/\s*<reference\s+(.+?)\s*\/>/gm)) {
    specifiers.push(directive)
  }
  visit(parseAst(text, { lang: 'dts' }), (node) => {
    const { type, source, id, expression, name } = node
    if (source !== undefined) specifiers.push(...literals(source))
    if (type === 'TSModuleDeclaration') specifiers.push(...literals(id))
    if (type === 'TSExternalModuleReference') specifiers.push(...literals(expression))
    if (type === 'Identifier' && typeof name === 'string' && OF_NODE.test(name)) globals.push(name)
  })
  return { specifiers, globals }
}

type Node = Record<string, unknown>

function literals(value: unknown): string[] {
  return isNode(value) && value.type === 'Literal' && typeof value.value === 'string'
    ? [value.value]
    : []
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  if (!isNode(value)) return
  see(value)
  for (const child of Object.values(value)) visit(child, see)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
