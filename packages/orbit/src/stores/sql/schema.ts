import { longestOwner, nameOf, type Place } from './dialects.ts'

/**
 * The column types of MariaDB and MySQL that differ from their defaults. Keys and versions are case-sensitive, even
 * if the database ignores case. A LONGTEXT has room for every payload, but a TEXT has room for only 64 KiB.
 */
export const mysqlTypes = {
  identifier: 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin',
  payload: 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  owner: `VARCHAR(${longestOwner}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
}

/** The statements that create the table. Times are numbers from the clock of the app. */
export function schemaOf(place: Place): string[] {
  return place.dialect === 'mysql' ? schemaOfMysql(place) : schemaOfPostgres(place)
}

function schemaOfMysql(place: Place): string[] {
  const { table, ownerColumn } = place
  const lines = [
    `\`key\` ${mysqlTypes.identifier} NOT NULL PRIMARY KEY`,
    `\`version\` ${mysqlTypes.identifier} NOT NULL`,
    '`expires_at` DOUBLE NULL',
    '`evictable` TINYINT NOT NULL',
    `\`payload\` ${mysqlTypes.payload} NOT NULL`,
    ...(ownerColumn ? [`\`owner\` ${mysqlTypes.owner} NULL`] : []),
    `KEY \`${table}_by_expiry\` (\`expires_at\`)`,
    ...(ownerColumn ? [`KEY \`${table}_by_owner\` (\`owner\`)`] : []),
  ]
  return [
    `CREATE TABLE IF NOT EXISTS ${nameOf(place)} (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB`,
  ]
}

function schemaOfPostgres(place: Place): string[] {
  const lines = [
    '"key" text COLLATE "C" PRIMARY KEY',
    '"version" text COLLATE "C" NOT NULL',
    '"expires_at" double precision',
    '"evictable" smallint NOT NULL',
    '"payload" text NOT NULL',
    // It has the collation of the database, so that it can be compared with the columns of the app.
    ...(place.ownerColumn ? ['"owner" text'] : []),
  ]
  return [
    `CREATE TABLE IF NOT EXISTS ${nameOf(place)} (\n  ${lines.join(',\n  ')}\n)`,
    indexOf(place, 'expires_at', 'by_expiry'),
    ...(place.ownerColumn ? [indexOf(place, 'owner', 'by_owner')] : []),
  ]
}

function indexOf(place: Place, column: string, name: string): string {
  return `CREATE INDEX IF NOT EXISTS "${place.table}_${name}" ON ${nameOf(place)} ("${column}")
  WHERE "${column}" IS NOT NULL`
}

/** The statements that add the column for the user to a table that was created without it. */
export function addOwnerTo(place: Place): string[] {
  const alter = `ALTER TABLE ${nameOf(place)} ADD COLUMN`
  return place.dialect === 'mysql'
    ? [
        `${alter} \`owner\` ${mysqlTypes.owner} NULL, ADD KEY \`${place.table}_by_owner\` (\`owner\`)`,
      ]
    : [`${alter} "owner" text`, indexOf(place, 'owner', 'by_owner')]
}
