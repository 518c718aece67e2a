import { describe, expect, it } from 'vitest'
import { postgresDatabase, type PostgresDatabaseOptions } from '../../../tasks/postgres/postgres-database.ts'
import { refusal } from '../system/played.ts'
import { sqlHost } from './sql-host.ts'

const there = { owner: 'shop', encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.utf8', isTemplate: false, size: '8 MB' }
const found = {
  database: null as object | null,
  isOwnerThere: true,
  isTemplateThere: true,
  encoding: 'UTF8',
  available: ['citext', 'a"b'],
}

interface Scene {
  found?: Partial<typeof found>
  installed?: string[]
  /** What a statement that changes something answers. */
  failing?: string
}

/** Checks, applies and undoes a database. `DATABASE: TEXT` is what psql read on which. */
async function played(options: PostgresDatabaseOptions, { found: more, installed = [], failing }: Scene = {}) {
  const { host, asked } = sqlHost((text) => {
    if (failing !== undefined && text.includes(failing)) return { code: 3, stderr: 'no' }
    if (text.includes('FROM pg_extension')) return JSON.stringify(installed)
    return text.startsWith('SELECT') ? JSON.stringify({ ...found, ...more }) : ''
  })
  const take = (): string[] => {
    const databases = host.commands.splice(0).map((command) => /PGDATABASE=(\S+)/.exec(command)?.[1])
    return asked.splice(0).map((text, index) => `${databases[index]}: ${text}`)
  }
  const task = postgresDatabase('shop', options)
  const change = await task.check(host.host)
  const questions = take()
  if (!change) return { change, questions, applied: [], undone: [] }
  const failure = await refusal(() => task.apply(host.host, change))
  const applied = take()
  await task.undo?.(host.host, change)
  return { change, questions, applied, undone: take(), failure }
}

const drop = ['postgres: DROP DATABASE IF EXISTS "shop";\n']

describe('a database of PostgreSQL', () => {
  it.each<[string, PostgresDatabaseOptions, string, string]>([
    ['is a copy of template1', {}, 'new', ''],
    ['has an owner', { owner: 'o"x' }, 'new, owner o"x', ' OWNER "o""x"'],
    [
      'is a copy of template0 with an encoding and a locale',
      { encoding: 'utf-8', locale: "C'" },
      "new, encoding utf-8, locale C'",
      ` TEMPLATE "template0" ENCODING 'utf-8' LC_COLLATE 'C''' LC_CTYPE 'C'''`,
    ],
    [
      'is a copy of another',
      { template: 'gis', encoding: 'UTF8' },
      'new, encoding UTF8, template gis',
      ` TEMPLATE "gis" ENCODING 'UTF8'`,
    ],
  ])('that is new %s', async (_, options, summary, words) => {
    const { change, applied, undone } = await played(options)
    expect(change).toMatchObject({ summary, before: '' })
    expect(applied).toEqual([`postgres: CREATE DATABASE "shop"${words};\n`])
    expect(undone).toEqual(drop)
  })

  it('that is new gets its extensions, each once', async () => {
    const { change, applied, questions } = await played({ extensions: ['citext', 'a"b', 'citext'] })
    expect(change).toMatchObject({
      summary: 'new, extension citext, extension a"b',
      after: 'extension citext\nextension a"b\n',
    })
    expect(questions).toHaveLength(1)
    expect(applied).toEqual([
      'postgres: CREATE DATABASE "shop";\n',
      'shop: BEGIN;\nCREATE EXTENSION IF NOT EXISTS "citext";\nCREATE EXTENSION IF NOT EXISTS "a""b";\nCOMMIT;\n',
    ])
  })

  it.each<[string, PostgresDatabaseOptions, string[]]>([
    ['nothing is asked for', {}, []],
    ['its owner is right', { owner: 'shop' }, []],
    ['encoding and locale are the same in other letters', { encoding: 'utf-8', locale: 'C.utf8' }, []],
    ['it has the extensions', { extensions: ['citext'] }, ['plpgsql', 'citext']],
    ['another template is named', { template: 'gone' }, []],
  ])('needs no change where %s', async (_, options, installed) => {
    const scene = { found: { database: there, isTemplateThere: false }, installed }
    expect((await played(options, scene)).change).toBeNull()
  })

  it('gets another owner and more extensions, and both can be taken back', async () => {
    const options = { owner: 'pat', extensions: ['citext', 'a"b'] }
    const { change, applied, undone } = await played(options, { found: { database: there }, installed: ['citext'] })
    expect(change).toMatchObject({
      summary: 'owner shop → pat, + extension a"b',
      before: 'owner shop\n',
      after: 'owner pat\nextension a"b\n',
    })
    expect(applied).toEqual([
      'postgres: ALTER DATABASE "shop" OWNER TO "pat";\n',
      'shop: BEGIN;\nCREATE EXTENSION IF NOT EXISTS "a""b";\nCOMMIT;\n',
    ])
    expect(undone).toEqual([
      'shop: BEGIN;\nDROP EXTENSION IF EXISTS "a""b";\nCOMMIT;\n',
      'postgres: ALTER DATABASE "shop" OWNER TO "shop";\n',
    ])
  })

  it('keeps its owner where only an extension is new', async () => {
    const { change, applied } = await played({ owner: 'shop', extensions: ['citext'] }, { found: { database: there } })
    expect(change).toMatchObject({ summary: '+ extension citext', before: '', after: 'extension citext\n' })
    expect(applied).toEqual(['shop: BEGIN;\nCREATE EXTENSION IF NOT EXISTS "citext";\nCOMMIT;\n'])
  })

  it('is not removed by an undo that did not make it', async () => {
    const { failure, undone } = await played({}, { failing: 'CREATE DATABASE' })
    expect(failure).toContain('psql ended with 3')
    expect(undone).toEqual([])
  })

  it('is removed by an undo where only its extensions failed', async () => {
    expect((await played({ extensions: ['citext'] }, { failing: 'CREATE EXTENSION' })).undone).toEqual(drop)
  })

  it('keeps an extension that was not made', async () => {
    const scene = { found: { database: there }, failing: 'CREATE EXTENSION' }
    expect((await played({ extensions: ['citext'] }, scene)).undone).toEqual([
      'postgres: ALTER DATABASE "shop" OWNER TO "shop";\n',
    ])
  })

  it.each<[PostgresDatabaseOptions, Partial<typeof found>, string]>([
    [
      { owner: 'pat' },
      { isOwnerThere: false },
      "there is no role pat, which is to own the database shop\nMake it first: postgresRole('pat'",
    ],
    [{ template: 'gis' }, { isTemplateThere: false }, 'there is no database gis, of which shop is to be a copy'],
    [{ extensions: ['citext', 'x'] }, {}, 'PostgreSQL has no extension x to install\nOn Debian'],
    [{ encoding: 'utf-9' }, { encoding: '' }, 'PostgreSQL knows no encoding utf-9\nUTF8 is'],
    [
      { encoding: 'latin1' },
      { encoding: 'LATIN1', database: there },
      'the database shop has the encoding UTF8, and not LATIN1\nPostgreSQL cannot',
    ],
    [{ locale: 'de_DE.UTF-8' }, { database: there }, 'the database shop has the locale C.UTF-8, and not de_DE.UTF-8'],
    [
      { locale: 'C.UTF-8' },
      { database: { ...there, ctype: 'C' } },
      'the database shop has the locale C, and not C.UTF-8',
    ],
  ])('that cannot be so is refused: %j', async (options, more, expected) => {
    expect(await refusal(() => played(options, { found: more }))).toContain(expected)
  })

  it.each<[string, PostgresDatabaseOptions]>([
    ['database', {}],
    ['role', { owner: '' }],
    ['encoding', { encoding: '' }],
    ['locale', { locale: '' }],
    ['database', { template: '' }],
    ['extension', { extensions: [''] }],
  ])('has names that PostgreSQL takes: %s %j', async (kind, options) => {
    const name = Object.keys(options).length === 0 ? '' : 'shop'
    expect(await refusal(() => postgresDatabase(name, options))).toMatch(`"" is not a valid name of a`)
    expect(await refusal(() => postgresDatabase(name, options))).toContain(kind)
  })
})

describe('a database that is to be absent', () => {
  const gone = (name: string) => postgresDatabase(name, { state: 'absent', withData: true })

  it('is removed with its data, if it is there', async () => {
    const task = gone('o"x')
    expect(await task.check(sqlHost(() => '\n').host.host)).toBeNull()
    const { host, asked } = sqlHost(() => JSON.stringify(there))
    const change = await task.check(host.host)
    expect(change).toEqual({ summary: 'remove, with all that is in it: 8 MB, owner shop' })
    await task.apply(host.host, change!)
    expect(asked[1]).toBe('DROP DATABASE "o""x";\n')
    expect(task.undo).toBeUndefined()
  })

  it('stays where others are copies of it', async () => {
    const { host } = sqlHost(() => JSON.stringify({ ...there, isTemplate: true }))
    expect(await refusal(() => gone('gis').check(host.host))).toContain('the database gis is a template of others')
  })

  it.each([{ state: 'absent' }, { state: 'absent', withData: false }])(
    'needs the word that its data goes: %j',
    async (options) => {
      expect(await refusal(() => postgresDatabase('shop', options as never))).toBe(
        "database shop: state 'absent' would remove all that is in it\n" +
          "Dump it first if you may need it (pg_dump), and say so: { state: 'absent', withData: true }",
      )
    },
  )

  it.each(['postgres', 'template0', 'template1'])('is none of PostgreSQL itself: %s', async (name) => {
    expect(await refusal(() => gone(name))).toBe(`the database ${name} is PostgreSQL's own, and is not removed`)
  })
})
