import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  bytesOf,
  type Change,
  commandLine,
  digestOf,
  type HostView,
  MissingError,
  parseMode,
  type Play,
  render,
  Secret,
  type Task,
  task,
  UsageError,
} from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { rootFolder } from '../system/index.ts'
import type { PlacedApp } from './apps.ts'
import type { FileSettings } from './container.ts'
import { databaseAccount } from './database-account.ts'
import type { App } from './settings.ts'

/**
 * The folder of an app's files on its host. Nobody but root enters it, whatever the modes of the files are. A file there is never
 * changed, because a container may have it: another content, mode or owner is another file, with a random name (a name that is made
 * of the content would tell whoever sees Docker's command line which of some known secrets it is).
 */
export const filesFolder = (app: string): string => `${paths.app(app)}/files`

/** The file that says which file of the folder is mounted where in the app's next container. */
export const fileList = (app: string): string => `${filesFolder(app)}/list.json`

/** Path in the container → name in the folder. */
type FileNames = Record<string, string>

async function readNames(host: HostView, app: string): Promise<FileNames> {
  return JSON.parse((await host.read(fileList(app))) ?? '{}') as FileNames
}

/**
 * Path in the container → path on the host, for the files of an app's next container.
 * @throws MissingError if setup has not left one of them on the host
 */
export async function mountedFiles(
  host: HostView,
  { name, files = [] }: Pick<App, 'name' | 'files'>,
): Promise<[string, string][]> {
  if (files.length === 0) return []
  const names = await readNames(host, name)
  return files.map((path) => {
    const file = names[path]
    if (file === undefined)
      throw new MissingError(`${path} of ${name} is not on ${host.name}`, {
        hint: `Run setup first: ${commandLine('setup')}`,
      })
    return [path, `${filesFolder(name)}/${file}`]
  })
}

/** A file of an app, as it is to be in the container. */
export interface AppFile {
  path: string
  content: string | Buffer | Secret
  /** Octal, as `stat` prints it. */
  mode: string
  /** By number: user:group. */
  owner: string
}

/** Where the contents of files come from. */
export interface FileSources extends Pick<Play<unknown>, 'secret' | 'path'> {
  /** The name of the host. */
  host: string
}

/**
 * The files of an app on a host. Templates, files and secrets are read at once.
 * @throws UsageError for what is missing; CutoverError for a template that fails, with its line
 */
export function filesOf(placed: PlacedApp, sources: FileSources): AppFile[] {
  return Object.entries(placed.settings.files ?? {}).map(([path, file]) => {
    const content = contentOf(placed, path, file, sources)
    const { owner = /^\d+(:\d+)?$/.exec(placed.settings.user ?? '')?.[0] ?? '0', mode } = file
    return {
      path,
      content,
      mode: parseMode(mode ?? (content instanceof Secret ? '400' : '444')),
      owner: owner.includes(':') ? owner : `${owner}:0`,
    }
  })
}

function contentOf(placed: PlacedApp, path: string, file: FileSettings, sources: FileSources): AppFile['content'] {
  if (file.secret) return sources.secret(file.secret, `${path} of ${placed.name}`)
  const local = sources.path(file.template ?? file.file ?? '')
  try {
    const bytes = readFileSync(local)
    if (file.template === undefined) return bytes
    // A template that names no secrets makes no secret of its text.
    return render(local, valuesFor(placed, sources, /\b(secrets|include|import|extends)\b/.test(bytes.toString())))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new UsageError(`there is no file ${local} for ${path} of ${placed.name}`, {
      cause,
      hint: `Its path in \`apps.${placed.name}.files\` is relative to the inventory's folder.`,
    })
  }
}

/** What a template of an app's file knows. */
function valuesFor(placed: PlacedApp, { secret, host }: FileSources, withSecrets: boolean): Record<string, unknown> {
  const { name, settings, app } = placed
  const account = withSecrets ? databaseAccount(placed, secret) : undefined
  return {
    app: name,
    host,
    address: app.address,
    port: app.port,
    ...(app.access !== 'local' && { domain: app.access.domain }),
    env: settings.env,
    ...(withSecrets && {
      secrets: {
        ...(account && { DATABASE_URL: account.url }),
        ...Object.fromEntries(
          Object.entries(settings.secrets).map(([key, reference]) => [key, secret(reference, `${key} of ${name}`)]),
        ),
      },
    }),
  }
}

/** An app's next container finds these files on the host. Those of its present containers stay as they are. */
export const appFiles = (app: string, files: readonly AppFile[]): Task[] =>
  files.length === 0 ? [] : [rootFolder(filesFolder(app), { mode: '700' }), filesTask(app, files)]

type FilesChange = Change & { files: readonly AppFile[]; names: FileNames }

function filesTask(app: string, files: readonly AppFile[]): Task {
  const folder = filesFolder(app)
  return task<FilesChange>({
    name: `files of ${app}`,
    check: async (host) => {
      const names = await readNames(host, app)
      const kept = Object.fromEntries(
        Object.entries(names).filter(([path]) => files.some((each) => each.path === path)),
      )
      const looked = await Promise.all(
        files.map(async (file) => ({ file, what: await differenceOf(host, file, names[file.path], folder) })),
      )
      const different = looked.filter(({ what }) => what !== null)
      const gone = Object.keys(names).filter((path) => !(path in kept))
      const notes = [
        ...different.map(({ file, what }) => `${file.path} ${what}`),
        ...gone.map((path) => `${path} goes`),
      ]
      return notes.length === 0
        ? null
        : { summary: notes.join(', '), files: different.map(({ file }) => file), names: kept }
    },
    apply: async (host, change) => {
      const names = { ...change.names }
      for (const { path, content, mode, owner } of change.files) {
        const name = randomBytes(8).toString('hex')
        await host.write(`${folder}/${name}`, content, { mode, owner })
        names[path] = name
      }
      await host.write(fileList(app), `${JSON.stringify(names, null, 2)}\n`, { mode: '600', owner: 'root:root' })
    },
  })
}

/** What is different about a file on the host: 'new', or its content, mode or owner; null: nothing. */
async function differenceOf(
  host: HostView,
  { content, mode, owner }: AppFile,
  name: string | undefined,
  folder: string,
): Promise<string | null> {
  const state = name === undefined ? null : await host.stat(`${folder}/${name}`, { digest: true })
  if (state?.kind !== 'file') return 'new'
  const different = [
    ...(state.digest === digestOf(bytesOf(content)) ? [] : ['content']),
    ...(state.mode === mode ? [] : [`mode ${state.mode} → ${mode}`]),
    ...(state.ids === owner ? [] : [`owner ${state.ids} → ${owner}`]),
  ]
  return different.length === 0 ? null : different.join(' and ')
}
