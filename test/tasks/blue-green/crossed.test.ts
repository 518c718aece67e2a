import { describe, expect, it } from 'vitest'
import { type Crossed, crossed, verifyCrossing } from '../../../tasks/blue-green/crossed.ts'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { appWith, digest, good } from './builders.ts'

const migrating = appWith({ migrate: ['alembic', 'upgrade', 'head'] })
const withFiles = (n: number, migration: string, more: Partial<Release> = {}): Release =>
  good(n, { migration, ...more })

const tags = ({ migrated, unknown }: Crossed): Record<keyof Crossed, string[]> => ({
  migrated: migrated.map(({ tag }) => tag),
  unknown: unknown.map(({ tag }) => tag),
})
const between = (history: readonly Release[], to: number, from: number, app = migrating): ReturnType<typeof tags> =>
  tags(crossed(history, { to: digest(to), from: digest(from) }, app))

describe('a rollback crosses', () => {
  const refused = { result: 'refused' } as const
  const back = { kind: 'rollback' } as const
  it.each<[string, Release[], number, number, string[], string[]]>([
    ['nothing where no release has other migrations', [withFiles(1, 'a'), withFiles(2, 'a')], 1, 2, [], []],
    [
      'the releases with other migrations than its own, and not those with the same',
      [withFiles(1, 'a'), withFiles(2, 'a'), withFiles(3, 'b'), withFiles(4, 'b')],
      1,
      4,
      ['v3', 'v4'],
      [],
    ],
    ['nothing on its way forward again', [withFiles(1, 'a'), withFiles(2, 'b'), withFiles(1, 'a', back)], 2, 1, [], []],
    [
      'nothing that what serves has not seen either',
      [good(0, { migration: 'a' }), withFiles(1, 'a'), withFiles(2, 'b'), withFiles(1, 'a', back)],
      0,
      1,
      [],
      [],
    ],
    [
      'what came after the last time that it was released, and not after it was gone back to',
      [withFiles(1, 'a'), withFiles(2, 'b'), withFiles(1, 'a', back), withFiles(3, 'b')],
      1,
      3,
      ['v2', 'v3'],
      [],
    ],
    [
      'no refused release, and not itself under another tag',
      [withFiles(1, 'a'), withFiles(2, 'b', refused), withFiles(1, 'c', { tag: 'x' })],
      1,
      1,
      [],
      [],
    ],
    ['what is not known, where the history has no files', [good(1), good(2)], 1, 2, [], ['v2']],
    ['what is not known, where only one of both has files', [good(1), withFiles(2, 'b')], 1, 2, [], ['v2']],
    ['nothing that is known, from or to what is not in the history', [withFiles(2, 'b')], 1, 2, [], []],
    ['a migration, from where nothing serves', [withFiles(1, 'a'), withFiles(2, 'b')], 1, 9, ['v2'], []],
  ])('%s', (_, history, to, from, migrated, unknown) => {
    expect(between(history, to, from)).toEqual({ migrated, unknown })
  })

  it('nothing, where the app has no migration', () => {
    expect(between([good(1), good(2)], 1, 2, appWith())).toEqual({ migrated: [], unknown: [] })
  })
})

describe('such a rollback', () => {
  /** What it says; an error is thrown. */
  function said(found: Partial<Crossed>, force = false): string[] {
    const notes: string[] = []
    verifyCrossing(
      migrating,
      'v1',
      { migrated: [], unknown: [], ...found },
      { force, tell: (note) => notes.push(note) },
    )
    return notes
  }

  it('says nothing where it crosses nothing', () => {
    expect(said({})).toEqual([])
  })

  it('is refused where the database was migrated, with what to do', () => {
    expect(() => said({ migrated: [good(2), good(3), good(3)] })).toThrowError(
      expect.objectContaining({
        message: 'v2, v3 migrated the database of shop after v1 was released',
        hint:
          'A rollback leaves the database as it is, and nothing was changed. Does v1 work with it? ' +
          'Then: npx tsx playbooks/rollback.ts --force v1\n' +
          'Else release a mended version, or restore a backup of before (docs/backup.md).',
      }) as Error,
    )
  })

  it('says the same, and goes on, where it is forced', () => {
    expect(said({ migrated: [good(2)] }, true)).toEqual([
      'v2 migrated the database of shop after v1 was released: it is left as it is, and v1 has to work with it',
    ])
  })

  it('only says what is not known', () => {
    expect(said({ unknown: [good(2)] })).toEqual([
      'v2 ran `alembic upgrade head` after v1 was released. Whether that changed the database is not known ' +
        '(`migrate: { files }` tells it); it is left as it is',
    ])
  })
})
