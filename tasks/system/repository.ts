import { type Change, CutoverError, type Host, type Task, task, type TaskOptions } from '../../runner/index.ts'
import { aptError } from './apt-errors.ts'
import { aptGetOn, outputOf, update } from './apt-get.ts'
import { contentOf } from './content.ts'
import { compareFile, type FileChange, placeFile, restoreFile } from './placed-file.ts'
import { fingerprintsIn, keySource, listOf } from './repository-key.ts'

export interface RepositoryOptions extends TaskOptions {
  uris: string | readonly string[]
  /** `trixie`, or a path that ends with a slash: `./`. */
  suites: string | readonly string[]
  /** `main`. None for a suite that is a path. */
  components?: string | readonly string[]
  /**
   * The public key that signs the repository: a URL, from which this machine fetches it; the key itself, in ASCII
   * armor; or a file of this machine, by its absolute path or a file URL. Without it, the keys count that apt trusts for
   * everything.
   */
  key?: string | URL
  /** The fingerprints of all keys in `key`. A key that is fetched needs them. */
  fingerprint?: string | readonly string[]
  /** `amd64`. Default: those of the host. */
  architectures?: string | readonly string[]
  /** A line for people, at the top of the file with the sources. */
  comment?: string
  /** How long to wait for another apt or dpkg, in seconds. Default: 300. */
  patience?: number
}

interface RepositoryChange extends Change {
  /** null: the file is as it should be. */
  sources: FileChange | null
  /** With the new key; null: the file is as it should be, or there is no key. */
  key: { armored: string; file: FileChange } | null
}

/**
 * A package repository is known to apt, which believes its key alone. It is in `/etc/apt/sources.list.d/NAME.sources`,
 * and its key in `/etc/apt/keyrings/NAME.asc`. After a change the package lists are read again. A repository that cannot
 * be read is taken back.
 * @example
 * repository('docker', {
 *   uris: 'https://download.docker.com/linux/debian',
 *   suites: 'trixie',
 *   components: 'stable',
 *   key: 'https://download.docker.com/linux/debian/gpg',
 *   fingerprint: '9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88',
 * })
 * @throws CutoverError for options that are not valid, and a key that is not one or has another fingerprint
 */
export function repository(name: string, { patience = 300, notify, tags, ...options }: RepositoryOptions): Task {
  if (!/^[A-Za-z0-9_.-]+$/.test(name))
    throw new CutoverError(`'${name}' is not a valid name of a repository`, {
      hint: 'apt takes letters, digits and _ - . only, because it is the name of a file.',
    })
  const paths = { sources: `/etc/apt/sources.list.d/${name}.sources`, key: `/etc/apt/keyrings/${name}.asc` }
  const key = keySource(options)
  const content = contentOf(sourcesText(options, key && paths.key))
  return task<RepositoryChange>({
    name: `repository ${name}`,
    notify,
    tags,
    undoOnFailure: true,
    check: async (host) => {
      const onHost = key ? await host.read(paths.key) : null
      const keys = key ? await key(onHost) : null
      const sources = await compareFile(host, paths.sources, content, readable)
      const keyFile = keys && (await compareFile(host, paths.key, contentOf(keys.armored), readable))
      const said = [
        ...(sources ? [sources.previous.state === null ? 'new' : 'sources'] : []),
        ...(keyFile ? [`key ${keys.fingerprints.join(', ')}`] : []),
      ]
      if (said.length === 0) return null
      return {
        summary: said.join(', '),
        before: `${sources?.before ?? ''}${keyLines(fingerprintsIn(onHost))}`,
        after: `${sources?.after ?? ''}${keyLines(keys?.fingerprints)}`,
        sources,
        key: keyFile && { armored: keys.armored, file: keyFile },
      }
    },
    apply: async (host, { sources, key: changed }) => {
      if (changed) {
        await host.$`[ -d /etc/apt/keyrings ] || install -d -m 755 /etc/apt/keyrings`
        const { armored, file: change } = changed
        await placeFile(host, paths.key, { content: contentOf(armored), options: readable, change })
      }
      if (sources) await placeFile(host, paths.sources, { content, options: readable, change: sources })
      await readLists(host, name, paths.sources, patience)
    },
    undo: async (host, { sources, key: changed }) => {
      if (sources) await restoreFile(host, paths.sources, sources)
      if (changed) await restoreFile(host, paths.key, changed.file)
    },
  })
}

/** apt reads both files as a user without rights. */
const readable = { mode: '644', owner: 'root:root' }

const keyLines = (fingerprints: readonly string[] = []): string =>
  fingerprints.map((fingerprint) => `key ${fingerprint}\n`).join('')

/** The file in deb822 format. @throws CutoverError */
function sourcesText(
  { uris, suites, components, architectures, comment }: RepositoryOptions,
  key: string | undefined,
): string {
  if (comment?.includes('\n')) throw new CutoverError('the comment of a repository is one line')
  const fields = { URIs: uris, Suites: suites, Components: components, Architectures: architectures }
  const lines = Object.entries(fields).flatMap(([field, value]) => {
    const words = listOf(value)
    for (const word of words)
      if (!/^[!-~]+$/.test(word))
        throw new CutoverError(`'${word}' is not valid in ${field}`, {
          hint: 'Several are a list, [ … ], and none has blanks in it.',
        })
    return words.length > 0 ? [`${field}: ${words.join(' ')}`] : []
  })
  const [uri] = listOf(uris).filter((each) => !/^[a-z][a-z0-9+-]*:/.test(each))
  if (uri !== undefined || listOf(uris).length === 0)
    throw new CutoverError(uri === undefined ? 'a repository needs a URI' : `'${uri}' is not a URI`, {
      hint: 'It begins with https:, as in https://download.docker.com/linux/debian.',
    })
  verifySuites(listOf(suites), listOf(components))
  return [
    ...(comment === undefined ? [] : [`# ${comment}`]),
    'Types: deb',
    ...lines,
    ...(key === undefined ? [] : [`Signed-By: ${key}`]),
    '',
  ].join('\n')
}

/** @throws CutoverError */
function verifySuites(suites: readonly string[], components: readonly string[]): void {
  const paths = suites.filter((suite) => suite.endsWith('/'))
  if (suites.length === 0 || (paths.length > 0 && paths.length < suites.length))
    throw new CutoverError('a repository needs suites, or one path that ends with a slash', {
      hint: 'As in suites: trixie, components: main; or suites: ./',
    })
  if (paths.length > 0 && components.length > 0)
    throw new CutoverError(`the suite ${paths[0]} is a path, and has no components`, {
      hint: 'Leave out components, or the slash at its end.',
    })
  if (paths.length === 0 && components.length === 0)
    throw new CutoverError(`the suite ${suites[0]} needs components`, { hint: 'As in components: main.' })
}

/**
 * Reads the lists of the repository, and then those of all others, whose failure is none of its own.
 * @throws CutoverError that explains why apt cannot read the repository
 */
async function readLists(host: Host, name: string, sources: string, patience: number): Promise<void> {
  const aptGet = aptGetOn(host, patience)
  const alone = [`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=-', 'APT::Get::List-Cleanup=0']
  const options = [...alone, 'APT::Update::Error-Mode=any'].flatMap((option) => ['-o', option])
  const explained = (error: unknown, output: string): unknown =>
    aptError(error, { output, packages: [`what ${name} has`] })
  await aptGet('update', ...options).catch((error: unknown) => {
    throw explained(error, outputOf(error))
  })
  const output = await update(aptGet)
  if (!/The list of sources could not be read/.test(output)) return
  throw explained(new CutoverError(`apt can't read its sources with ${name} among them:\n${output}`), output)
}
