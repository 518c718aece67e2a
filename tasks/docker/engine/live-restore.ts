import { type Change, CommandError, CutoverError, type Host, type Task, task } from '../../../runner/index.ts'
import { type Daemon, daemonFact, engineInfo } from './daemon-fact.ts'
import { planLiveRestore } from './live-restore-plan.ts'

/**
 * Containers outlive dockerd: `live-restore` is on in daemon.json, beside all other settings, and in force. dockerd
 * reloads the file and is not restarted.
 * @param wanted see planLiveRestore
 * @param tell is called, once for each reason, where live-restore is left off
 */
export function liveRestore(wanted: boolean | undefined, tell: (note: string) => void): Task {
  const told = new Set<string>()
  const tellOnce = (note: string): void => {
    if (!told.has(note)) tell(note)
    told.add(note)
  }
  return task<Change & { daemon: Daemon; text?: string }>({
    name: 'docker: live-restore',
    check: async (host) => {
      const daemon = await host.fact(daemonFact)
      const plan = planLiveRestore(daemon, wanted)
      if (!plan) return null
      if ('note' in plan) {
        tellOnce(plan.note)
        return null
      }
      if ('reload' in plan) return { summary: 'reload', daemon }
      const { text } = plan
      return { summary: `on, in ${daemon.path}`, before: daemon.file?.text ?? '', after: text, daemon, text }
    },
    apply: async (host, { daemon, text }) => {
      if (text !== undefined) await write(host, daemon, text)
      const output = await reload(host)
      if (output === null) return
      if (text !== undefined) await putBack(host, daemon)
      throw new CutoverError(`dockerd did not take live-restore from ${daemon.path}`, {
        hint:
          (text === undefined ? '' : 'The file is as it was before. ') +
          `What dockerd says (journalctl -u docker):\n${output}`,
      })
    },
  })
}

/** Writes a daemon.json after dockerd itself has validated it. @throws CutoverError if it is not valid */
async function write(host: Host, { path, file, running }: Daemon, text: string): Promise<void> {
  const { mode, owner } = file ?? { mode: '644', owner: '0:0' }
  const candidate = `${path}.cutover`
  await host.$`mkdir -p -- ${path.slice(0, path.lastIndexOf('/'))}`
  await host.write(candidate, text, { mode, owner })
  const settings = running.filter((flag) => /^--[^=]+=/.test(flag) && !flag.startsWith('--config-file'))
  try {
    await host.$`${['dockerd', ...settings, '--validate', '--config-file', candidate]} 2>&1`
  } catch (cause) {
    const output = cause instanceof CommandError ? cause.output : ''
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

/** The first line that the command below prints if live-restore is still off. */
const notInForce = 'it has not\n'

/**
 * dockerd reloads its file. A dockerd that does not run reads it when it starts.
 * @returns null once live-restore is on; else the last lines of dockerd's log, after ten seconds
 */
async function reload(host: Host): Promise<string | null> {
  // grep -q ends at the first match, and docker then finds nobody who reads.
  const { stdout } = await host.quiet({ pipefail: false })`systemctl is-active -q docker || exit 0
    since=$(date '+%F %T')
    systemctl reload docker || true
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      ! sh -c ${engineInfo} | grep -q '"LiveRestoreEnabled":true' || exit 0
      sleep 0.5
    done
    echo it has not
    journalctl -u docker --since "$since" -n 10 --no-pager -o cat 2>&1`
  return stdout.startsWith(notInForce) ? stdout.slice(notInForce.length).trimEnd() : null
}

async function putBack(host: Host, { path, file }: Daemon): Promise<void> {
  if (file) await host.write(path, file.text, { mode: file.mode, owner: file.owner })
  else await host.$`rm -f -- ${path}`
  await host.$({ nothrow: true })`systemctl reload docker`
}
