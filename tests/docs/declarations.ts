import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'

type Statement = ReturnType<typeof parseAst>['body'][number]
type Named = Extract<Statement, { type: 'ExportNamedDeclaration' }>
type Declaration = NonNullable<Named['declaration']>
type ClassMember = Extract<Declaration, { superClass: unknown }>['body']['body'][number]
type TypeNode = Extract<Declaration, { type: 'TSTypeAliasDeclaration' }>['typeAnnotation']

type TypeMember = Extract<TypeNode, { type: 'TSTypeLiteral' }>['members'][number]

/** An export of a package, or a member of one, as an editor shows it to users. */
export interface Declared {
  readonly name: string
  /** Whether it has a doc comment. */
  readonly documented: boolean
  /** The public members, including inherited ones. A union has the members of all its objects. */
  readonly members: readonly Declared[]
  /** The strings of a union of strings, such as error codes. */
  readonly texts: readonly string[]
}

/** Everything that a built entry point exports. */
export function exportsOf(entry: string): Declared[] {
  const { exported, find } = moduleAt(entry)
  return exported().map((name) => {
    const found = find(name)
    if (!found) throw new Error(`${entry} exports ${name}, which is declared nowhere`)
    return found
  })
}

interface Module {
  exported(): readonly string[]
  find(name: string): Declared | undefined
}

function moduleAt(file: string): Module {
  const text = readFileSync(file, 'utf8')
  const { body } = parseAst(text, { lang: 'dts' }, file)
  const declarationOf = (source: string) => join(dirname(file), source.replace(/\.[jt]s$/, '.d.ts'))
  const commentBefore = (start: number) => {
    const before = text.slice(0, start).replace(/[\s|]*$/, '')
    return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : undefined
  }

  function find(name: string): Declared | undefined {
    for (const statement of body) {
      if (statement.type === 'ImportDeclaration' && statement.source.value.startsWith('.')) {
        const found = statement.specifiers.find(({ local }) => local.name === name)
        if (found) return moduleAt(declarationOf(statement.source.value)).find(name)
      }
      if (statement.type === 'ExportNamedDeclaration' && statement.source) {
        const found = statement.specifiers.find(
          ({ exported }) => 'name' in exported && exported.name === name,
        )
        if (found && 'name' in found.local) {
          return moduleAt(declarationOf(statement.source.value)).find(found.local.name)
        }
      }
      const declaration =
        statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
      if (!declaration || nameOf(declaration) !== name) continue
      return describe(name, declaration, statement.start)
    }
    return undefined
  }

  function describe(name: string, declaration: Statement | Declaration, start: number): Declared {
    return {
      name,
      documented: commentBefore(start) !== undefined,
      members: membersOf(declaration),
      texts:
        declaration.type === 'TSTypeAliasDeclaration' ? textsOf(declaration.typeAnnotation) : [],
    }
  }

  function membersOf(declaration: Statement | Declaration): Declared[] {
    switch (declaration.type) {
      case 'ClassDeclaration': {
        const parent = declaration.superClass
        const inherited = parent?.type === 'Identifier' ? find(parent.name)?.members : undefined
        return [...merged(declaration.body.body.flatMap(memberOf)), ...(inherited ?? [])]
      }
      case 'TSInterfaceDeclaration': {
        const inherited = declaration.extends.flatMap(({ expression }) =>
          expression.type === 'Identifier' ? (find(expression.name)?.members ?? []) : [],
        )
        return [...merged(declaration.body.body.flatMap(memberOf)), ...inherited]
      }
      case 'TSTypeAliasDeclaration':
        return membersOfType(declaration.typeAnnotation)
      default:
        return []
    }
  }

  function membersOfType(type: TypeNode): Declared[] {
    if (type.type === 'TSTypeLiteral') return merged(type.members.flatMap(memberOf))
    if (type.type === 'TSIntersectionType') return merged(type.types.flatMap(membersOfType))
    if (type.type !== 'TSUnionType') return []
    return type.types.flatMap((one) => {
      if (one.type !== 'TSTypeLiteral') return []
      const fields = one.members.flatMap(memberOf)
      const tag = fields.find((field) => field.name === 'type')
      return {
        name: tag?.texts[0] ?? '(one of the union)',
        documented: commentBefore(one.start) !== undefined,
        // The comment of the union covers all fields.
        members: fields.map((field) => ({ ...field, documented: true })),
        texts: [],
      }
    })
  }

  function memberOf(member: ClassMember | TypeMember): Declared[] {
    const comment = commentBefore(member.start)
    if (comment?.includes('@internal')) return []
    if (!('key' in member) || member.key.type === 'PrivateIdentifier') return []
    const isHidden = 'accessibility' in member && /^pr/.test(member.accessibility ?? '')
    if (isHidden || !('name' in member.key || 'value' in member.key)) return []
    const name = 'name' in member.key ? member.key.name : member.key.value
    const annotation =
      'typeAnnotation' in member ? member.typeAnnotation?.typeAnnotation : undefined
    return [
      {
        name: String(name),
        documented: comment !== undefined,
        members: annotation?.type === 'TSTypeLiteral' ? membersOfType(annotation) : [],
        texts: annotation ? textsOf(annotation) : [],
      },
    ]
  }

  function exported(): string[] {
    return body.flatMap((statement) => {
      if (statement.type !== 'ExportNamedDeclaration') return []
      const own = statement.declaration ? (nameOf(statement.declaration) ?? []) : []
      const names = statement.specifiers.map(({ exported }) => 'name' in exported && exported.name)
      return names.filter((name) => name !== false).concat(own)
    })
  }

  return { exported, find }
}

function nameOf(declaration: Statement | Declaration): string | undefined {
  if (declaration.type === 'VariableDeclaration') {
    const [first] = declaration.declarations
    return first?.id.type === 'Identifier' ? first.id.name : undefined
  }
  return 'id' in declaration && declaration.id && 'name' in declaration.id
    ? declaration.id.name
    : undefined
}

function textsOf(type: TypeNode): string[] {
  const types = type.type === 'TSUnionType' ? type.types : [type]
  return types.flatMap((one) =>
    one.type === 'TSLiteralType' && 'value' in one.literal && typeof one.literal.value === 'string'
      ? [one.literal.value]
      : [],
  )
}

/** Merges overloads into one member. It is documented if one of them has a comment. */
function merged(members: readonly Declared[]): Declared[] {
  const byName = new Map<string, Declared>()
  for (const member of members) {
    const before = byName.get(member.name)
    const documented = member.documented || (before?.documented ?? false)
    byName.set(member.name, { ...member, documented })
  }
  return [...byName.values()]
}
