import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'
import { handler } from './library/handler.ts'

type Values = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** Sets one key of a section; null removes it. */
function withValue(lines: string[], section: string, key: string, value: string | null): void {
  const head = lines.findIndex((line) => line.trim() === `[${section}]`)
  if (head < 0) {
    if (value !== null) lines.push('', `[${section}]`, `${key} = ${value}`)
    return
  }
  const next = lines.findIndex((line, index) => index > head && /^\s*\[/.test(line))
  const end = next < 0 ? lines.length : next
  const isKey = (line: string): boolean => !/^\s*[;#]/.test(line) && line.split('=')[0]?.trim() === key
  const found = lines.findIndex((line, index) => index > head && index < end && isKey(line))
  if (value === null) {
    if (found >= 0) lines.splice(found, 1)
  } else if (found < 0) {
    const last = lines.findLastIndex((line, index) => index < end && line.trim() !== '')
    lines.splice(last + 1, 0, `${key} = ${value}`)
  } else if (valueOf(lines[found]) !== value) lines[found] = `${key} = ${value}`
}

const valueOf = (line = ''): string => line.slice(line.indexOf('=') + 1).trim()

function withValues(text: string, values: Values): string {
  const lines = text.trimEnd().split('\n')
  for (const [section, keys] of Object.entries(values))
    for (const [key, value] of Object.entries(keys)) withValue(lines, section, key, value)
  return `${lines.join('\n')}\n`
}

const ini = (path: string, values: Values, notify: readonly Task[]): Task =>
  task<Change & { after: string; mode: string; owner: string }>({
    name: `ini ${path}`,
    notify,
    check: async (host) => {
      const current = await host.file(path)
      if (current === null) throw new CutoverError(`there is no file ${path}`)
      const { content: before, mode, owner } = current
      const after = withValues(before, values)
      return before === after ? null : { summary: 'other values', before, after, mode, owner }
    },
    apply: (host, { after, mode, owner }) => host.write(path, after, { mode, owner }),
  })

/** Some keys of a configuration that belongs to a package. */
export function job(): Task[] {
  const restart = handler('restart php-fpm', (host) => host.$`systemctl restart php8.4-fpm`)
  return [
    ini(
      '/etc/php/8.4/fpm/php.ini',
      { PHP: { memory_limit: '256M', expose_php: 'Off', disable_functions: null }, Date: { 'date.timezone': 'UTC' } },
      [restart],
    ),
  ]
}
