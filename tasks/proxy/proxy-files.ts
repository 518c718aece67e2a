import { readFileSync } from 'node:fs'
import { message, type Play, type Task, UsageError } from '../../runner/index.ts'
import { domainsOf, httpsOf, oneLine, type PlacedApp, redirectsOf, type Settings } from '../app/index.ts'
import { readAuthority } from './authority/authority.ts'
import { internalCertificate } from './authority/internal-certificate.ts'
import { ownCertificate } from './certificate.ts'
import { pages } from './pages.ts'
import { users } from './users.ts'

type Reader = Pick<Play<unknown>, 'secret' | 'path'>

/** A file that the inventory names, relative to it. @throws UsageError if it cannot be read */
export function textOfFile(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${message(cause)}`, {
      cause,
      hint: `Fix \`${key}\` in the inventory.`,
    })
  }
}

/**
 * What Traefik needs for an app beside its route: its users, its certificate. The secrets and files are read at once.
 * @throws UsageError for what is missing or cannot be used
 */
export function proxyFiles(
  { name, settings: { access, proxy } }: PlacedApp,
  ca: Settings['ca'],
  reader: Reader,
  tell: (note: string) => void,
): Task[] {
  const passwords = Object.entries(proxy?.basic_auth ?? {}).map(
    ([user, reference]) => [user, oneLine(reader.secret(reference, `password of ${user} for ${name}`))] as const,
  )
  const names = [...domainsOf(access), ...redirectsOf(access)]
  return [
    ...(passwords.length > 0 ? [users(name, Object.fromEntries(passwords))] : []),
    ...(httpsOf(access) === 'internal' ? [internal(name, names, ca, reader)] : []),
    ...(typeof access === 'object' && typeof access.https === 'object'
      ? [
          ownCertificate(
            name,
            names,
            {
              certificate: textOfFile(reader.path(access.https.certificate), 'https: { certificate: FILE }'),
              key: reader.secret(access.https.key, `key of ${name}`),
            },
            tell,
          ),
        ]
      : []),
  ]
}

/**
 * What answers where no app does, with the inventory's own pages.
 * @throws UsageError for a page that cannot be read
 */
export function pagesOf({ pages: files = {} }: Settings['traefik'], https: boolean, { path }: Reader): Task[] {
  const textOf = (file: string | undefined, key: string): string | undefined =>
    file === undefined ? undefined : textOfFile(path(file), `traefik: { pages: { ${key}: FILE } }`)
  return pages({
    https,
    notFound: textOf(files.not_found, 'not_found'),
    maintenance: textOf(files.maintenance, 'maintenance'),
  })
}

function internal(app: string, names: readonly string[], ca: Settings['ca'], reader: Reader): Task {
  if (ca === undefined)
    throw new UsageError(`${app} has \`https: internal\`, and the inventory names no authority`, {
      hint: 'Make one, and name it: cutover ca',
    })
  const authority = readAuthority({
    certificate: textOfFile(reader.path(ca.certificate), 'ca: { certificate: FILE }'),
    key: reader.secret(ca.key, 'key of the authority'),
  })
  return internalCertificate(app, names, authority)
}
