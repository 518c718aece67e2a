import {
  type Change,
  closestTo,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
  UsageError,
} from '../../runner/index.ts'
import { readText, writeText } from './text-file.ts'

const zones = '/usr/share/zoneinfo'

interface ZoneChange extends Change {
  /** What /etc/localtime is: the target of the link, or the content of a file in base64. */
  previous: { target: string } | { file: string } | null
  /** What /etc/timezone has, where that is there. */
  name: string | null
}

/**
 * The host's time zone: the link /etc/localtime, and /etc/timezone where that file exists (Debian 13 has none). Programs
 * that run already notice it when they are restarted.
 *
 * @example
 * timezone('Europe/Berlin')
 */
export function timezone(zone: string, { notify, tags }: TaskOptions = {}): Task {
  if (!/^[A-Za-z][\w+-]*(\/[A-Za-z][\w+-]*)*$/.test(zone))
    throw new UsageError(`'${zone}' is not a valid name of a time zone`, { hint: 'For example Europe/Berlin, or UTC.' })
  const target = `${zones}/${zone}`
  return task<ZoneChange>({
    ...{ name: `time zone ${zone}`, notify, tags },
    check: async (host) => {
      const { stdout } =
        await host.$`cd /etc; if [ -L localtime ]; then echo "link $(readlink localtime)"; elif [ -f localtime ]; then echo "file $(base64 -w 0 localtime)"; fi`
      const [kind, rest = ''] = stdout.trimEnd().split(' ')
      const previous = kind === 'link' ? { target: rest } : kind === 'file' ? { file: rest } : null
      const name = await readText(host, '/etc/timezone')
      const current = kind === 'link' ? (/\/zoneinfo\/(.+)$/.exec(rest)?.[1] ?? rest) : kind || 'none'
      const named = name?.trim()
      if (current === zone && (named === undefined || named === zone)) return null
      await verifyZone(host, zone)
      const summary = current === zone ? `/etc/timezone ${named} → ${zone}` : `${current} → ${zone}`
      return { summary, before: `${current}\n`, after: `${zone}\n`, previous, name }
    },
    apply: async (host, { name }) => {
      await linkTo(host, target)
      if (name !== null) await writeText(host, '/etc/timezone', `${zone}\n`)
    },
    undo: async (host, { previous, name }) => {
      if (!previous) await host.$`rm -f -- /etc/localtime`
      else if ('target' in previous) await linkTo(host, previous.target)
      else
        await host.$({
          input: previous.file,
        })`base64 -d >/etc/localtime.cutover; mv -fT /etc/localtime.cutover /etc/localtime`
      if (name !== null) await writeText(host, '/etc/timezone', name)
    },
  })
}

/** A program that looks at any time sees the old link or the new one. */
const linkTo = (host: Host, target: string): Promise<unknown> =>
  host.$`ln -sfnT -- ${target} /etc/localtime.cutover; mv -fT /etc/localtime.cutover /etc/localtime`

/** @throws MissingError without zones; CutoverError for one that is not known, with the nearest */
async function verifyZone(host: HostView, zone: string): Promise<void> {
  const { stdout } =
    await host.quiet`if [ -d ${zones} ]; then cd ${zones}; find . -name right -prune -o -name posix -prune -o ${['(', '-type', 'f', '-o', '-type', 'l', ')']} -print; fi`
  const known = stdout
    .split('\n')
    .map((path) => path.replace(/^\.\//, ''))
    .filter((path) => /^[A-Z][^.]*$/.test(path))
  if (known.length === 0)
    throw new MissingError('this host has no time zones', {
      hint: "Install them first: packages({ present: ['tzdata'] })",
    })
  if (known.includes(zone)) return
  const near = closestTo(zone, known) ?? known.find((each) => each.toLowerCase().endsWith(`/${zone.toLowerCase()}`))
  throw new CutoverError(`there is no time zone ${zone}`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}\`timedatectl list-timezones\` lists them; old names are in the package tzdata-legacy.`,
  })
}
