import { describe, expect, it } from 'vitest'
import { SessionConfigError } from '../../errors.ts'
import { type SessionsTableOptions, sessionsTable } from '../sql.ts'

describe('sessionsTable', () => {
  it('returns the SQL of a migration', () => {
    expect(sessionsTable({ dialect: 'postgres', table: 'visits', schema: 'app' })).toBe(
      `CREATE TABLE IF NOT EXISTS "app"."visits" (
  "key" text COLLATE "C" PRIMARY KEY,
  "version" text COLLATE "C" NOT NULL,
  "expires_at" double precision,
  "evictable" smallint NOT NULL,
  "payload" text NOT NULL
);
CREATE INDEX IF NOT EXISTS "visits_by_expiry" ON "app"."visits" ("expires_at")
  WHERE "expires_at" IS NOT NULL;
`,
    )
    expect(sessionsTable({ dialect: 'mysql', ownerColumn: true })).toBe(
      `CREATE TABLE IF NOT EXISTS \`sessions\` (
  \`key\` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  \`version\` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  \`expires_at\` DOUBLE NULL,
  \`evictable\` TINYINT NOT NULL,
  \`payload\` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  \`owner\` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  KEY \`sessions_by_expiry\` (\`expires_at\`),
  KEY \`sessions_by_owner\` (\`owner\`)
) ENGINE=InnoDB;
`,
    )
  })

  it('returns a schema of Drizzle', () => {
    expect(sessionsTable({ dialect: 'postgres', format: 'drizzle', ownerColumn: true })).toBe(
      `import { sql } from 'drizzle-orm'
import { doublePrecision, index, pgTable, smallint, text } from 'drizzle-orm/pg-core'

/** The sessions of @gravito/orbit. Only its store writes into this table. */
export const sessions = pgTable(
  'sessions',
  {
    key: text('key').primaryKey(),
    version: text('version').notNull(),
    expiresAt: doublePrecision('expires_at'),
    evictable: smallint('evictable').notNull(),
    payload: text('payload').notNull(),
    owner: text('owner'),
  },
  (table) => [
    index('sessions_by_expiry').on(table.expiresAt).where(sql\`\${table.expiresAt} IS NOT NULL\`),
    index('sessions_by_owner').on(table.owner).where(sql\`\${table.owner} IS NOT NULL\`),
  ],
)
`,
    )
    const own = { format: 'drizzle', table: 'visits', schema: 'app' } as const
    expect(sessionsTable({ dialect: 'postgres', ...own })).toContain(
      "pgSchema('app').table(\n  'visits',",
    )
    expect(sessionsTable({ dialect: 'mysql', ...own })).toContain(
      "mysqlSchema('app').table(\n  'visits',",
    )
  })

  it('returns a model of Prisma', () => {
    const own = { format: 'prisma', table: 'visits' } as const
    expect(sessionsTable({ dialect: 'postgres', ...own, schema: 'app' })).toBe(
      `/// The sessions of @gravito/orbit. Only its store writes into this table.
model OrbitSession {
  key       String  @id
  version   String
  expiresAt Float?  @map("expires_at")
  evictable Int     @db.SmallInt
  payload   String

  @@index([expiresAt], map: "visits_by_expiry")
  @@map("visits")
  @@schema("app")
}
`,
    )
    const mysql = sessionsTable({ dialect: 'mysql', ...own, ownerColumn: true })
    expect(mysql).toContain('  owner     String? @db.VarChar(255)\n')
    expect(mysql).toContain('//     MODIFY `key` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin')
  })

  it.each<[string, object, RegExp]>([
    ['a name that is not valid', { dialect: 'mysql', table: 'a`b' }, /sessionsTable\.table/],
    ['options without a dialect', {}, /sessionsTable\.dialect is required/],
    [
      'an unknown format',
      { dialect: 'mysql', format: 'typeorm' },
      /sessionsTable\.format is .*"drizzle"/,
    ],
    [
      'a schema of MySQL for Prisma',
      { dialect: 'mysql', format: 'prisma', schema: 'a' },
      /sessionsTable\.schema/,
    ],
  ])('refuses %s', (_, options, says) => {
    const make = () => sessionsTable(options as SessionsTableOptions)
    expect(make).toThrow(SessionConfigError)
    expect(make).toThrow(says)
  })
})
