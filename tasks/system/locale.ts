import {
  type Change,
  CutoverError,
  type HostView,
  MissingError,
  nearest,
  type Task,
  task,
  type TaskOptions,
  UsageError,
} from '../../runner/index.ts'
import { readText, writeText } from './text-file.ts'

/** The file with the default. On Debian 13 it is a link. */
const path = '/etc/default/locale'
const list = '/etc/locale.gen'

/** What the list of the locales to generate has, and what it is to have. */
interface Generation {
  previous: string | null
  content: string
}

interface LocaleChange extends Change {
  /** What the file with the default has; null: there is none. */
  previous: string | null
  content: string
  /** Only if the locale must be generated. */
  generate?: Generation
}

/**
 * The host's default locale (LANG): it is generated if it is not there, and the other lines of /etc/locale.gen and
 * /etc/default/locale stay. A new login uses it.
 *
 * @example
 * locale('de_DE.UTF-8')
 */
export function locale(name: string, { notify, tags }: TaskOptions = {}): Task {
  if (!/^(C|POSIX|[a-z]{2,3}_[A-Z]{2})(\.[A-Za-z0-9-]+)?(@[a-z]+)?$/.test(name))
    throw new UsageError(`'${name}' is not a valid name of a locale`, { hint: 'For example de_DE.UTF-8 or C.UTF-8.' })
  return task<LocaleChange>({
    ...{ name: `locale ${name}`, notify, tags },
    check: async (host) => {
      const { stdout } = await host.$`locale -a`
      const generated = stdout.trimEnd().split('\n')
      const previous = await readText(host, path)
      const before = previous ?? ''
      const content = withLang(before, name)
      const generate = generated.map(normal).includes(normal(name)) ? undefined : await generation(host, name)
      if (content === before && !generate) return null
      const said = [
        ...(generate ? ['generate'] : []),
        ...(content === before ? [] : [`LANG ${langIn(before) ?? 'none'} → ${name}`]),
      ]
      const texts = content === before && generate ? [generate.previous ?? '', generate.content] : [before, content]
      return {
        summary: said.join(', '),
        before: texts[0],
        after: texts[1],
        previous,
        content,
        ...(generate && { generate }),
      }
    },
    apply: async (host, { content, generate }) => {
      if (generate) {
        await writeText(host, list, generate.content)
        await host.live`locale-gen`
      }
      await writeText(host, path, content)
    },
    undo: async (host, { previous, generate }) => {
      await writeText(host, path, previous)
      if (!generate) return
      await writeText(host, list, generate.previous)
      await host.live`locale-gen`
    },
  })
}

/** `locale -a` writes de_DE.utf8 for de_DE.UTF-8. */
const normal = (name: string): string =>
  name.replace(/\.([^@]*)/, (_, charset: string) => `.${charset.toLowerCase().replaceAll('-', '')}`)

const lang = /^[ \t]*LANG=["']?([^"'\s]*)["']?[ \t]*$/m
const langIn = (content: string): string | undefined => lang.exec(content)?.[1]

function withLang(content: string, name: string): string {
  const current = langIn(content)
  if (current === name) return content
  if (current !== undefined) return content.replace(lang, `LANG=${name}`)
  return `${content}${content === '' || content.endsWith('\n') ? '' : '\n'}LANG=${name}\n`
}

/** The list of the locales to generate, with one more. @throws MissingError | CutoverError */
async function generation(host: HostView, name: string): Promise<Generation> {
  const { stdout } = await host.quiet`command -v locale-gen >/dev/null || exit 0; cat /usr/share/i18n/SUPPORTED`
  if (stdout === '')
    throw new MissingError(`the locale ${name} is not there, and nothing can generate it`, {
      hint: "Install what can first: packages({ present: ['locales'] })",
    })
  const supported = stdout.split('\n').filter(Boolean)
  const line = supported.find((each) => each.split(' ')[0] === name)
  if (line === undefined)
    throw new CutoverError(`there is no locale ${name}`, {
      hint: nearest(
        name,
        supported.map((each) => each.split(' ')[0] ?? each),
      ),
    })
  const previous = await readText(host, list)
  const content = previous ?? ''
  const lines = content.split(/(?<=\n)/)
  if (lines.some((each) => each.trim() === line)) return { previous, content }
  const commented = lines.findIndex((each) => each.replace(/^\s*#\s*/, '').trim() === line)
  const end = content === '' || content.endsWith('\n') ? '' : '\n'
  const added = lines.map((each, index) => (index === commented ? `${line}\n` : each)).join('')
  return { previous, content: commented >= 0 ? added : `${content}${end}${line}\n` }
}
