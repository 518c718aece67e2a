import { commandLine, CutoverError } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import type { Release } from './history.ts'

/** The releases whose migrations a rollback leaves in the database, the oldest first. */
export interface Crossed {
  /** They changed the database: their migrations are others than the target's. */
  migrated: readonly Release[]
  /** They ran a migration of which the history does not say whether it changed anything. */
  unknown: readonly Release[]
}

export interface Way {
  /** The digest that is to be released. */
  to: string
  /** The digest that serves now; '' if none does. */
  from: string
}

/**
 * The migrations that ran after a release and that what serves now knows, so that a rollback to it meets a database
 * which it has never seen. Those that what serves has not seen either are left out: they are there already.
 */
export function crossed(history: readonly Release[], { to, from }: Way, { migrate }: Pick<App, 'migrate'>): Crossed {
  const [target, live] = [laterThan(history, to), laterThan(history, from)]
  const fresh = (of: (later: Later) => readonly Release[]): Release[] =>
    of(target).filter((each) => !of(live).includes(each))
  return { migrated: fresh(changed), unknown: migrate ? fresh(untold) : [] }
}

/** A release in the history, and what was released after it; without a release, what is there is not known. */
interface Later {
  release?: Release
  later: readonly Release[]
}

function laterThan(history: readonly Release[], digest: string): Later {
  const released = history.filter(({ kind, result }) => kind === 'release' && result === 'good')
  const index = released.findLastIndex((each) => each.digest === digest)
  const release = released[index]
  return release
    ? { release, later: released.slice(index + 1).filter((each) => each.digest !== digest) }
    : { later: [] }
}

const changed = ({ release, later }: Later): Release[] =>
  later.filter(({ migration }) => migration !== undefined && knows(release) && migration !== release?.migration)

const untold = ({ release, later }: Later): Release[] =>
  later.filter(({ migration }) => migration === undefined || !knows(release))

const knows = (release: Release | undefined): boolean => release?.migration !== undefined

export interface Consent {
  /** The operator wants the rollback although the database was migrated. */
  force: boolean
  tell(note: string): void
}

/**
 * Says which migrations a rollback leaves in the database.
 * @throws CutoverError where they surely changed it, unless that is wanted
 */
export function verifyCrossing(app: App, tag: string, { migrated, unknown }: Crossed, { force, tell }: Consent): void {
  if (migrated.length > 0) {
    const what = `${tagsOf(migrated)} migrated the database of ${app.name} after ${tag} was released`
    if (!force)
      throw new CutoverError(what, {
        hint:
          'A rollback leaves the database as it is, and nothing was changed. ' +
          `Does ${tag} work with it? Then: ${commandLine('rollback', '--force', tag)}\n` +
          'Else release a mended version, or restore a backup of before (docs/backup.md).',
      })
    tell(`${what}: it is left as it is, and ${tag} has to work with it`)
  }
  if (unknown.length > 0)
    tell(
      `${tagsOf(unknown)} ran \`${app.migrate?.command.join(' ')}\` after ${tag} was released. Whether that changed ` +
        'the database is not known (`migrate: { files }` tells it); it is left as it is',
    )
}

const tagsOf = (releases: readonly Release[]): string => [...new Set(releases.map(({ tag }) => tag))].join(', ')

/** The option of a rollback with which it may leave such migrations in the database. */
export const forceOption = {
  type: 'boolean',
  help: 'go back although the database was migrated since: the older release has to work with it',
} as const
