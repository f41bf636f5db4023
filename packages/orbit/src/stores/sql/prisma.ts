import { refuse } from '../../checks.ts'
import { longestOwner, type Place } from './dialects.ts'
import { mysqlTypes } from './schema.ts'

/**
 * The table as a model of Prisma.
 *
 * @throws {SessionConfigError} for a schema of MySQL, which Prisma does not support
 */
export function prismaOf({ dialect, table, schema, ownerColumn }: Place): string {
  const isMysql = dialect === 'mysql'
  if (isMysql && schema !== undefined) {
    refuse(
      'sessionsTable.schema',
      'does not exist in Prisma for MySQL, because the datasource names the database. Remove it',
    )
  }
  const of = (mysql: string) => (isMysql ? ` @db.${mysql}` : '')
  const lines = [
    `key       String  @id${of('VarChar(64)')}`,
    `version   String${of('VarChar(64)')}`,
    'expiresAt Float?  @map("expires_at")',
    `evictable Int     @db.${isMysql ? 'TinyInt' : 'SmallInt'}`,
    `payload   String${of('LongText')}`,
    ...(ownerColumn ? [`owner     String?${of(`VarChar(${longestOwner})`)}`] : []),
    '',
    `@@index([expiresAt], map: "${table}_by_expiry")`,
    ...(ownerColumn ? [`@@index([owner], map: "${table}_by_owner")`] : []),
    `@@map("${table}")`,
    ...(schema === undefined ? [] : [`@@schema("${schema}")`]),
  ]
  const body = lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')
  return `${isMysql ? collations(table, ownerColumn) : ''}/// The sessions of @gravito/orbit. Only its store writes into this table.
model OrbitSession {
${body}
}
`
}

/** The collations. Prisma has no attribute for them. Without them, keys ignore case and the store refuses the table. */
function collations(table: string, ownerColumn: boolean): string {
  const lines = [
    `MODIFY \`key\` ${mysqlTypes.identifier} NOT NULL`,
    `MODIFY \`version\` ${mysqlTypes.identifier} NOT NULL`,
    `MODIFY \`payload\` ${mysqlTypes.payload} NOT NULL`,
    ...(ownerColumn ? [`MODIFY \`owner\` ${mysqlTypes.owner} NULL`] : []),
  ]
  return `// Prisma has no attribute for collations. Make the migration with "prisma migrate dev --create-only",
// and add this to its SQL before you apply it:
//
//   ALTER TABLE \`${table}\`
${lines.map((line) => `//     ${line}`).join(',\n')};

`
}
