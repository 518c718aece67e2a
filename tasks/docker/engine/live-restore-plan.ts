import { CutoverError } from '../../../runner/index.ts'
import type { Daemon } from './daemon-fact.ts'
import { parseDaemonJson, withKey } from './daemon-json.ts'

/**
 * What to do for live-restore: `text` is written to daemon.json, or dockerd only reloads it. `note`: nothing is done,
 * and this tells a person why. null: nothing needs to be done.
 */
export type LiveRestorePlan = { text: string } | { reload: true } | { note: string } | null

const key = 'live-restore'
const consequence = 'when dockerd ends, every container on this host ends with it'

/**
 * Plans what to do so that containers outlive dockerd.
 * @param wanted the setting of the inventory; undefined: on, except where a person has turned it off
 * @throws CutoverError for a daemon.json that Docker can't read, or settings that contradict the inventory and that we
 * can't fix
 */
export function planLiveRestore(daemon: Daemon, wanted: boolean | undefined): LiveRestorePlan {
  if (wanted === false) return null
  if (daemon.swarm) return { note: `live-restore is left off: Docker refuses it on a node of a swarm; ${consequence}` }
  if (!daemon.unit && daemon.live !== undefined) return daemon.live ? null : { note: notBySystemd }
  const flag = [...daemon.running, ...daemon.flags]
    .map((each) => /^--live-restore(?:=(.*))?$/.exec(each))
    .findLast((match) => match !== null)
  return flag ? planByFlag(/^(f|false|0)$/i.test(flag[1] ?? 'true'), daemon, wanted) : planByFile(daemon, wanted)
}

const notBySystemd =
  "live-restore is left off: dockerd is not run by systemd's docker.service (snap? podman?), " +
  `so its settings are yours; ${consequence}`

/**
 * dockerd has a flag for it. The same key in daemon.json would keep dockerd from starting again, so it is not written.
 */
function planByFlag(off: boolean, { live }: Daemon, wanted: boolean | undefined): LiveRestorePlan {
  if (off && wanted)
    throw new CutoverError('dockerd is started with --live-restore=false', {
      hint:
        'Take the flag out of its unit (systemctl cat docker) or /etc/default/docker; ' +
        'beside it, Docker takes no such key in daemon.json.',
    })
  if (off) return { note: `live-restore is left off, as the flag --live-restore=false of dockerd says: ${consequence}` }
  return live === false
    ? {
        note: `live-restore comes with dockerd's next start: its flag is there, and the running dockerd does not have it yet`,
      }
    : null
}

function planByFile({ path, file, live }: Daemon, wanted: boolean | undefined): LiveRestorePlan {
  const text = file?.text ?? ''
  const current = parseDaemonJson(path, text)[key]
  if (current !== undefined && typeof current !== 'boolean')
    throw new CutoverError(`${path}: live-restore is ${JSON.stringify(current)}`, {
      hint: 'It must be true or false. Fix it: Docker does not start with this.',
    })
  if (current === false && wanted === undefined)
    return {
      note:
        `live-restore is left off, as ${path} says: ${consequence}. ` +
        'vars: { docker: { live_restore: true } } turns it on, false says that it is meant',
    }
  if (current !== true) return { text: withKey(path, text, key, true) }
  return live === false ? { reload: true } : null
}
