import { type Change, CommandError, CutoverError, type Fact, type Host, type Task, task } from '../../runner/index.ts'
import { parseDaemonJson, withKey } from './daemon-json.ts'

/** What is to be known of a host's dockerd. */
export interface Daemon {
  /** Whether systemd's docker.service is there. */
  unit: boolean
  /** What dockerd was started with. */
  running: readonly string[]
  /** What it will be started with. */
  flags: readonly string[]
  /** Whether it outlives its own end; undefined: it does not answer. */
  live?: boolean
  swarm: boolean
  path: string
  /** Of daemon.json; undefined: there is none. */
  file?: { mode: string; owner: string; text: string }
}

/** Asks the engine itself where that can be: the docker program takes longer, and may be set to ask another host. */
const info = `if [ -S /run/docker.sock ] && command -v curl >/dev/null; then curl -sf --max-time 20 --unix-socket /run/docker.sock http://docker/info || true; else docker info -f '{{json .}}' 2>/dev/null || true; fi`

/** Prints sections; the last one is the file as it is. */
const script = `unit=$(systemctl show docker.service -p MainPID -p LoadState -p ExecStart 2>/dev/null) || unit=
pid=$(printf '%s\\n' "$unit" | sed -n 's/^MainPID=//p')
args=$(if [ "\${pid:-0}" -gt 0 ]; then tr '\\0' '\\n' <"/proc/$pid/cmdline"; fi)
printf '%s\\n' "$unit" '== running' "$args" '== flags'
printf '%s\\n' "$unit" | sed -n 's/^ExecStart=.*argv\\[\\]=\\([^;]*\\);.*/\\1/p' | tr ' ' '\\n'
sed -n 's/^ *DOCKER_OPTS=//p' /etc/default/docker 2>/dev/null | tr -d "\\"'" | tr ' ' '\\n'
echo '== info'
${info}
echo
echo '== file'
path=$(printf '%s\\n' "$args" | awk 'found { print; exit } /^--config-file$/ { found = 1; next } sub(/^--config-file=/, "") { print; exit }')
path=$(readlink -f -- "\${path:-/etc/docker/daemon.json}" || echo "\${path:-/etc/docker/daemon.json}")
echo "$path"
if [ -e "$path" ]; then stat -c '%a %u:%g' -- "$path"; cat -- "$path"; fi`

/** What is to be known of a host's dockerd, read in one go. */
export const daemonFact: Fact<Daemon> = { name: 'dockerd', command: ['sh', '-c', script], parse: parseDaemon }

/** Reads what the script of the fact prints. */
export function parseDaemon(stdout: string): Daemon {
  const at = stdout.indexOf('== file\n')
  const [unit = '', running = '', flags = '', answer = ''] = stdout.slice(0, at).split(/^== \w+\n/m)
  const [path = '', head = '', ...lines] = stdout.slice(at + '== file\n'.length).split('\n')
  const [mode, owner] = head.split(' ')
  const flagsIn = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('-'))
  const known = (answer.startsWith('{') ? JSON.parse(answer) : {}) as {
    LiveRestoreEnabled?: boolean
    Swarm?: { LocalNodeState?: string }
  }
  return {
    unit: unit.includes('LoadState=loaded'),
    running: flagsIn(running),
    flags: flagsIn(flags),
    live: known.LiveRestoreEnabled,
    swarm: !['inactive', undefined].includes(known.Swarm?.LocalNodeState),
    path,
    file: mode && owner ? { mode, owner, text: lines.join('\n') } : undefined,
  }
}

/** What is to be done, or why nothing is: `left` is for a person to read. */
export type Plan = { text: string } | { reload: true } | { left: string } | null

const key = 'live-restore'
const consequence = 'when dockerd ends, every container on this host ends with it'

/**
 * What is to be done so that containers outlive dockerd.
 * @param wanted the inventory's word; undefined: on, but for where a person said otherwise
 * @throws CutoverError for a daemon.json that Docker can't read, or that contradicts the inventory where we can't mend it
 */
export function planLiveRestore(seen: Daemon, wanted: boolean | undefined): Plan {
  if (wanted === false) return null
  if (seen.swarm) return { left: `live-restore is left off: Docker refuses it on a node of a swarm; ${consequence}` }
  if (!seen.unit && seen.live !== undefined)
    return seen.live
      ? null
      : {
          left: `live-restore is left off: dockerd is not run by systemd's docker.service (snap? podman?), so its settings are yours; ${consequence}`,
        }
  const flag = [...seen.running, ...seen.flags]
    .map((each) => /^--live-restore(?:=(.*))?$/.exec(each))
    .findLast((match) => match !== null)
  if (flag) return byFlag(/^(f|false|0)$/i.test(flag[1] ?? 'true'), seen, wanted)
  const text = seen.file?.text ?? ''
  const now = parseDaemonJson(seen.path, text)[key]
  if (now !== undefined && typeof now !== 'boolean')
    throw new CutoverError(`${seen.path}: live-restore is ${JSON.stringify(now)}`, {
      hint: 'It is true or false. Mend it: Docker does not start with this.',
    })
  if (now === false && wanted === undefined)
    return {
      left: `live-restore is left off, as ${seen.path} says: ${consequence}. vars: { docker: { live_restore: true } } turns it on, false says that it is meant`,
    }
  if (now !== true) return { text: withKey(seen.path, text, key, true) }
  return seen.live === false ? { reload: true } : null
}

/** A flag of dockerd's: the same key in daemon.json would keep it from starting again. */
function byFlag(off: boolean, { live }: Daemon, wanted: boolean | undefined): Plan {
  if (off && wanted)
    throw new CutoverError('dockerd is started with --live-restore=false', {
      hint: 'Take the flag out of its unit (systemctl cat docker) or /etc/default/docker; beside it, Docker takes no such key in daemon.json.',
    })
  if (off) return { left: `live-restore is left off, as the flag --live-restore=false of dockerd says: ${consequence}` }
  return live === false
    ? {
        left: `live-restore comes with dockerd's next start: its flag is there, and the running dockerd has it not yet`,
      }
    : null
}

/**
 * Containers outlive dockerd: `live-restore` stands in its daemon.json, beside all that stood there, and is in force. dockerd reads
 * it anew and is not restarted.
 * @param tell hears, once, why it is left off
 */
export function liveRestore(wanted: boolean | undefined, tell: (text: string) => void): Task {
  const told = new Set<string>()
  return task<Change & { seen: Daemon; text?: string }>({
    name: 'docker: live-restore',
    check: async (host) => {
      const seen = await host.fact(daemonFact)
      const plan = planLiveRestore(seen, wanted)
      if (plan && 'left' in plan && !told.has(plan.left)) tell([...told.add(plan.left)].at(-1)!)
      if (!plan || 'left' in plan) return null
      if ('reload' in plan) return { summary: 'reload', seen }
      return { summary: `on, in ${seen.path}`, before: seen.file?.text ?? '', after: plan.text, seen, text: plan.text }
    },
    apply: async (host, { seen, text }) => {
      if (text !== undefined) await write(host, seen, text)
      const why = await reload(host)
      if (why === null) return
      if (text !== undefined) await putBack(host, seen)
      throw new CutoverError(`dockerd did not take live-restore from ${seen.path}`, {
        hint: `${text === undefined ? '' : 'The file is as it was before. '}What dockerd says (journalctl -u docker):\n${why}`,
      })
    },
  })
}

/** Writes a daemon.json that dockerd itself has found good. @throws CutoverError */
async function write(host: Host, { path, file, running }: Daemon, text: string): Promise<void> {
  const { mode, owner } = file ?? { mode: '644', owner: '0:0' }
  const [folder, candidate] = [path.slice(0, path.lastIndexOf('/')), `${path}.cutover`]
  await host.$`mkdir -p -- ${folder}`
  await host.write(candidate, text, { mode, owner })
  try {
    await host.$`${['dockerd', ...running.filter((flag) => /^--[^=]+=/.test(flag) && !flag.startsWith('--config-file')), '--validate', '--config-file', candidate]} 2>&1`
  } catch (cause) {
    const output = cause instanceof Error && cause.cause instanceof CommandError ? cause.cause.output : ''
    // Docker 20.10 can't validate.
    if (!output.includes('unknown flag: --validate'))
      throw new CutoverError(`dockerd does not take ${path} with live-restore in it`, {
        cause,
        hint: `Nothing was changed. It says:\n  ${output.trim().replaceAll(candidate, path)}`,
      })
  } finally {
    await host.$`rm -f -- ${candidate}`
  }
  await host.write(path, text, { mode, owner })
}

/** dockerd reads its file anew. null: live-restore is on; else its last words. A dockerd that does not run reads it when it starts. */
async function reload(host: Host): Promise<string | null> {
  const { stdout } = await host.quiet`systemctl is-active -q docker || exit 0
    since=$(date '+%F %T')
    systemctl reload docker || true
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      ! sh -c ${info} | grep -q '"LiveRestoreEnabled":true' || exit 0
      sleep 0.5
    done
    echo it has not
    journalctl -u docker --since "$since" -n 10 --no-pager -o cat 2>&1`
  return stdout.startsWith('it has not\n') ? stdout.slice('it has not\n'.length).trimEnd() : null
}

async function putBack(host: Host, { path, file }: Daemon): Promise<void> {
  if (file) await host.write(path, file.text, { mode: file.mode, owner: file.owner })
  else await host.$`rm -f -- ${path}`
  await host.$({ nothrow: true })`systemctl reload docker`
}
