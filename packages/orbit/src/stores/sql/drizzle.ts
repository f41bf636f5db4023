import type { Place } from './dialects.ts'
import { mysqlTypes } from './schema.ts'

/** The table as a schema of Drizzle ORM, for `drizzle-kit generate`. */
export function drizzleOf(place: Place): string {
  return place.dialect === 'mysql' ? ofMysql(place) : ofPostgres(place)
}

const comment = '/** The sessions of @gravito/orbit. Only its store writes into this table. */'

/** Drizzle has no collations for PostgreSQL, so the keys have the collation of the database. Any collation works. */
function ofPostgres({ table, schema, ownerColumn }: Place): string {
  const make = schema === undefined ? 'pgTable' : 'pgSchema'
  const index = (name: string, column: string) =>
    `    index('${table}_${name}').on(table.${column}).where(sql\`\${table.${column}} IS NOT NULL\`),`
  return `import { sql } from 'drizzle-orm'
import { doublePrecision, index, ${make}, smallint, text } from 'drizzle-orm/pg-core'

${comment}
export const sessions = ${beginning(make, table, schema)}
  {
    key: text('key').primaryKey(),
    version: text('version').notNull(),
    expiresAt: doublePrecision('expires_at'),
    evictable: smallint('evictable').notNull(),
    payload: text('payload').notNull(),${ownerColumn ? "\n    owner: text('owner')," : ''}
  },
  (table) => [
${index('by_expiry', 'expiresAt')}${ownerColumn ? `\n${index('by_owner', 'owner')}` : ''}
  ],
)
`
}

function ofMysql({ table, schema, ownerColumn }: Place): string {
  const make = schema === undefined ? 'mysqlTable' : 'mysqlSchema'
  const index = (name: string, column: string) =>
    `    index('${table}_${name}').on(table.${column}),`
  const type = (name: keyof typeof mysqlTypes) =>
    `const ${name} = customType<{ data: string }>({
  dataType: () => '${mysqlTypes[name]}',
})`
  return `import { customType, double, index, ${make}, tinyint } from 'drizzle-orm/mysql-core'

${type('identifier')}
${type('payload')}${ownerColumn ? `\n${type('owner')}` : ''}

${comment}
export const sessions = ${beginning(make, table, schema)}
  {
    key: identifier('key').primaryKey(),
    version: identifier('version').notNull(),
    expiresAt: double('expires_at'),
    evictable: tinyint('evictable').notNull(),
    payload: payload('payload').notNull(),${ownerColumn ? "\n    owner: owner('owner')," : ''}
  },
  (table) => [
${index('by_expiry', 'expiresAt')}${ownerColumn ? `\n${index('by_owner', 'owner')}` : ''}
  ],
)
`
}

function beginning(make: string, table: string, schema: string | undefined): string {
  const made = schema === undefined ? make : `${make}('${schema}').table`
  return `${made}(\n  '${table}',`
}
