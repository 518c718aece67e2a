import {
  type Change,
  CutoverError,
  type Host,
  type Task,
  task,
  type TaskOptions,
  UsageError,
} from '../../runner/index.ts'
import { readText, writeText } from './text-file.ts'

interface NameChange extends Change {
  /** The name that the kernel has. */
  running: string
  /** What /etc/hostname and /etc/hosts have; null: there is no such file. */
  file: string | null
  hosts: string | null
  /** The new content of /etc/hosts. */
  content: string
}

/**
 * The host's name: now, in /etc/hostname, and in the line 127.0.1.1 of /etc/hosts, in which other names stay. With a
 * domain, that line has the full and the short name.
 *
 * @example
 * hostname('web-1')
 */
export function hostname(name: string, { notify, tags }: TaskOptions = {}): Task {
  const isValid =
    name.length <= 64 && name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))
  if (!isValid)
    throw new UsageError(`'${name}' is not a valid name of a host`, {
      hint: 'It has up to 64 letters, digits and hyphens, with dots between the parts of a domain: web-1',
    })
  return task<NameChange>({
    ...{ name: `hostname ${name}`, notify, tags },
    check: async (host) => {
      const running = (await host.$`uname -n`).stdout.trim()
      const file = await readText(host, '/etc/hostname')
      const hosts = await readText(host, '/etc/hosts')
      const stored = file?.trim()
      const before = hosts ?? ''
      const content = hostsWith(before, name, stored ?? running)
      const said = [
        ...(running === name ? [] : [`${running} → ${name}`]),
        ...(stored === name ? [] : [`/etc/hostname ${stored ?? 'none'} → ${name}`]),
        ...(content === before ? [] : ['/etc/hosts']),
      ]
      if (said.length === 0) return null
      const summary = said.join(', ')
      return { summary, ...(content !== before && { before, after: content }), running, file, hosts, content }
    },
    // First the running name: where it may not be set, as in a container, nothing is changed.
    apply: async (host, { running, file, hosts, content }) => {
      if (running !== name) await setRunning(host, name)
      if (file?.trim() !== name) await rewrite(host, '/etc/hostname', `${name}\n`)
      if (content !== (hosts ?? '')) await rewrite(host, '/etc/hosts', content)
    },
    undo: async (host, { running, file, hosts }) => {
      if ((await host.$`uname -n`).stdout.trim() !== running) await setRunning(host, running)
      await rewrite(host, '/etc/hostname', file)
      await rewrite(host, '/etc/hosts', hosts)
    },
  })
}

/** Writes a file that is a mount of its own in a container, where another cannot be renamed into its place. */
async function rewrite(host: Host, path: string, content: string | null): Promise<void> {
  const { exitCode } = await host.$({ nothrow: true })`mountpoint -q ${path}`
  if (exitCode === 0) await host.$({ input: content ?? '' })`cat >${path}`
  else await writeText(host, path, content)
}

/** @throws CutoverError */
async function setRunning(host: Host, name: string): Promise<void> {
  const { exitCode, stderr } = await host.$({ nothrow: true })`hostname ${name}`
  if (exitCode !== 0)
    throw new CutoverError(`the host does not take the name ${name}: ${stderr.trim()}`, {
      hint: 'A container gets its name from what starts it, such as `docker run --hostname`. Else root is needed.',
    })
}

/** /etc/hosts with the name in the line 127.0.1.1: in place of the old name, or before the names that are there. */
export function hostsWith(content: string, name: string, old: string): string {
  const lines = content.split(/(?<=\n)/)
  const own = lines.filter((line) => /^[ \t]*127\.0\.1\.1[ \t]/.test(line))
  if (own.some((line) => namesOf(line).includes(name))) return content
  const short = name.split('.')[0] ?? name
  const names = short === name ? name : `${name} ${short}`
  const [line] = own
  if (line !== undefined) return lines.map((each) => (each === line ? renamed(line, name, names, old) : each)).join('')
  const after = lines.findIndex((each) => /^[ \t]*127\.0\.0\.1[ \t]/.test(each)) + 1 || lines.length
  const [before, rest] = [lines.slice(0, after).join(''), lines.slice(after).join('')]
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}127.0.1.1\t${names}\n${rest}`
}

/** The names in a line of /etc/hosts. */
const namesOf = (line: string): string[] => line.replace(/#.*/s, '').trim().split(/\s+/).slice(1)

function renamed(line: string, name: string, names: string, old: string): string {
  const oldShort = old.split('.')[0] ?? old
  const isOld = (each: string): boolean => each === old || each === oldShort || each.startsWith(`${oldShort}.`)
  const [, head = '', body = '', rest = ''] = /^([ \t]*127\.0\.1\.1[ \t]+)([^#\n]*?)(\s*(?:#.*)?\n?)$/s.exec(line) ?? []
  if (!namesOf(line).some(isOld))
    return `${head}${names}${body === '' && !rest.startsWith('#') ? '' : ` ${body}`}${rest}`
  // The domain of the old name stays, unless the new one has its own.
  const isFull = name.includes('.')
  const short = name.split('.')[0] ?? name
  const changed = body
    .split(/\s+/)
    .map((each) =>
      isOld(each) ? (isFull ? (each.includes('.') ? name : short) : `${name}${each.slice(oldShort.length)}`) : each,
    )
  const full = isFull && !changed.includes(name) ? [name, ...changed] : changed
  return `${head}${[...new Set(full)].join(' ')}${rest}`
}
