import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
} from '../../runner/index.ts'
import { systemctl, unitError } from './systemctl.ts'
import { unitName } from './unit-name.ts'
import { newestChange, type UnitState, unitState } from './unit-state.ts'

export interface UnitOptions extends TaskOptions {
  /** The content of its file in /etc/systemd/system. Default: the unit is one that is there. */
  content?: string
  /** Whether it runs (a timer waits, a socket listens, a file system is mounted). Default: as it is. */
  running?: boolean
  /**
   * Whether the boot starts it. One that cannot be enabled, because its file has no section [Install], is started by
   * what needs it, and counts as enabled. Default: as it is.
   */
  enabled?: boolean
  /** Files and folders of the host: a unit that has run since before one of them was changed is restarted. */
  restartOn?: readonly string[]
  /** Whether nothing may start it. Default: as it is. */
  masked?: boolean
}

interface UnitChange extends Change {
  /** What was there; the content is null if the task does not write the file, or there was none. */
  previous: Pick<UnitState, 'active' | 'enabled' | 'load'> & { content: string | null }
}

/** A unit and its options, after they were looked through. */
interface WantedUnit extends UnitOptions {
  unit: string
  path: string
}

/**
 * A unit of systemd runs, is enabled, is masked, or has this content. A change of its content is read by systemd at
 * once, and restarts the unit if it runs. A service that does something once (oneshot) and is part of the boot has run
 * since the boot; others of this kind are left to what starts them.
 * @param name with its type: `backup.timer`; without one, it is a service
 * @example
 * unit('backup.service', { content: '[Service]\nType=oneshot\nExecStart=/usr/local/bin/backup\n' })
 * const daily = '[Unit]\nDescription=Backup\n[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n'
 * unit('backup.timer', { content: daily, running: true, enabled: true })
 * unit('nginx', { running: true, enabled: true, restartOn: ['/etc/nginx'] })
 * unit('apache2', { running: false, enabled: false })
 * @throws CutoverError for a name that is not valid, and options that contradict each other
 */
export function unit(name: string, options: UnitOptions): Task {
  const wanted = parse(name, options)
  return task<UnitChange>({
    name: `unit ${name}`,
    notify: options.notify,
    tags: options.tags,
    check: (host) => compare(host, wanted),
    apply: (host) => apply(host, wanted),
    undo: (host, change) => undo(host, wanted, change),
  })
}

/** @throws CutoverError */
function parse(name: string, options: UnitOptions): WantedUnit {
  const unit = unitName(name)
  const refuse = (reason: string, hint: string): never => {
    throw new CutoverError(`${name}: ${reason}`, { hint })
  }
  const { content, running, enabled, restartOn = [], masked } = options
  if (/@\.[a-z]+$/.test(unit) && [running, enabled, masked].some((each) => each !== undefined))
    refuse('a template is neither started nor enabled', 'Name an instance for that, as in worker@1.service.')
  if (masked && (running || enabled || content !== undefined || restartOn.length > 0))
    refuse('nothing can start a unit that is masked', 'Leave out `masked`, or everything else.')
  if (running === false && restartOn.length > 0)
    refuse('a unit that does not run is not restarted', 'Leave out `restartOn`, or `running: false`.')
  if (content !== undefined && !/^\[[A-Za-z-]+\]\s*$/m.test(content))
    refuse('its content has no section', 'The file of a unit has sections, such as [Service].')
  if (content !== undefined && enabled && !/^\[Install\]\s*$/m.test(content))
    refuse(
      'its content has no section [Install], so it cannot be enabled',
      'Add [Install] and WantedBy=multi-user.target.',
    )
  const relative = restartOn.find((path) => !path.startsWith('/'))
  if (relative !== undefined)
    refuse(`restartOn: ${relative} is not absolute`, 'Name a path of the host, as in /etc/nginx.')
  return { ...options, unit, path: `/etc/systemd/system/${unit}` }
}

const isTemplate = ({ unit }: WantedUnit): boolean => /@\.[a-z]+$/.test(unit)

/** A template is no unit of its own: systemd knows nothing of it but its file. */
const template: UnitState = {
  ...{ load: 'loaded', active: 'inactive', enabled: 'static', outdated: false },
  ...{ oneshot: false, wanted: false, started: null },
}

async function stateOf(host: HostView, wanted: WantedUnit): Promise<UnitState> {
  return isTemplate(wanted) ? template : unitState(host, wanted.unit)
}

async function compare(host: HostView, wanted: WantedUnit): Promise<UnitChange | null> {
  const { content, masked, path, unit } = wanted
  const state = await stateOf(host, wanted)
  if (state.load === 'not-found' && content === undefined && !masked)
    throw new MissingError(`there is no unit ${unit} on the host`, {
      hint: 'systemctl list-unit-files shows those that there are. Does an earlier task install its package?',
    })
  if (isMasked(state) && masked === undefined && (wanted.running || wanted.enabled || content !== undefined))
    throw new CutoverError(`${unit} is masked: nothing can start it`, {
      hint: 'Somebody wanted it so. `masked: false` takes that back.',
    })
  if (masked && !isMasked(state) && (await host.file(path)) !== null)
    throw new CutoverError(`${unit} can't be masked: its own file is where the mask would be, ${path}`, {
      hint: 'Take the file away, or stop and disable the unit instead: `running: false, enabled: false`.',
    })
  const there = content === undefined ? null : ((await host.file(path))?.content ?? null)
  const written = content !== undefined && there !== content
  const differences = [
    ...(isMasked(state) === (masked ?? isMasked(state)) ? [] : [masked ? 'mask' : 'unmask']),
    ...(written ? [there === null ? 'new' : 'content'] : []),
    ...(!written && content !== undefined && state.outdated ? ['daemon-reload'] : []),
    ...enabling(state, wanted),
    ...(await running(host, state, wanted, written)),
  ]
  if (differences.length === 0) return null
  return {
    summary: differences.join(', '),
    ...(written && { before: there ?? '', after: content }),
    previous: { active: state.active, enabled: state.enabled, load: state.load, content: there },
  }
}

const isMasked = ({ load, enabled }: UnitState): boolean => load === 'masked' || enabled.startsWith('masked')

/** What is to be done so that the boot starts a unit, or does not. */
function enabling({ enabled, load }: UnitState, wanted: WantedUnit): string[] {
  const shown = load === 'not-found' ? 'new' : load === 'masked' ? 'masked' : enabled
  if (
    wanted.enabled === true &&
    ['disabled', 'enabled-runtime', 'linked', 'linked-runtime', 'new', 'masked'].includes(shown)
  )
    return [shown === 'new' ? 'enable' : `${shown} → enabled`]
  if (wanted.enabled === false && ['enabled', 'enabled-runtime'].includes(shown)) return [`${shown} → disabled`]
  return []
}

/** What is to be done so that a unit runs, or does not, as its file says. */
async function running(host: HostView, state: UnitState, wanted: WantedUnit, written: boolean): Promise<string[]> {
  const { content, path, restartOn = [] } = wanted
  const runs = isRunning(state)
  if (wanted.running === false) return runs ? [`${state.active} → inactive`] : []
  if (wanted.running === true && needsStart(state, wanted)) return [`${state.active} → active`]
  if (!runs && !(state.oneshot && state.started !== null && wanted.running)) return []
  const files = [...(content === undefined ? [] : [path]), ...restartOn]
  if (written) return ['restart']
  if (files.length === 0 || state.started === null) return []
  return (await newestChange(host, files)) > state.started ? ['restart'] : []
}

const isRunning = ({ active, oneshot }: UnitState): boolean =>
  active === 'active' || active === 'reloading' || (oneshot && active === 'activating')

/** Whether a unit that is to run must be started. One that does something once has run if it is part of the boot. */
function needsStart(state: UnitState, wanted: WantedUnit): boolean {
  if (isRunning(state)) return false
  if (!state.oneshot || state.active === 'failed') return true
  const boot = state.wanted || (wanted.enabled === true && state.enabled === 'disabled')
  return boot && state.started === null
}

async function apply(host: Host, wanted: WantedUnit): Promise<void> {
  const { unit, path, content, enabled, masked } = wanted
  const before = await stateOf(host, wanted)
  if (masked === false && isMasked(before)) await host.$`systemctl unmask -- ${unit}`
  const written = content !== undefined && (await host.file(path))?.content !== content
  if (written) await host.write(path, content)
  if (written || before.outdated) await host.$`systemctl daemon-reload`
  const read = await stateOf(host, wanted)
  if (!['loaded', 'masked', 'not-found'].includes(read.load))
    throw new CutoverError(`${path} is not valid (${read.load})`, {
      hint: `On the host: systemd-analyze verify ${path}`,
    })
  if (enabling(read, wanted).length > 0) await host.$`${['systemctl', enabled ? 'enable' : 'disable', '--', unit]}`
  const [verb] = (await running(host, await stateOf(host, wanted), wanted, written)).map((what) =>
    what === 'restart' ? 'restart' : wanted.running === false ? 'stop' : 'start',
  )
  if (verb !== undefined) await change(host, wanted, verb)
  if (masked === true) await host.$`systemctl mask -- ${unit}`
}

/** Starts, restarts or stops a unit. @throws CutoverError with what it last logged */
async function change(host: Host, wanted: WantedUnit, verb: string): Promise<void> {
  const { unit } = wanted
  await systemctl(host, verb, unit)
  if (verb === 'stop') return
  const state = await stateOf(host, wanted)
  if (!needsStart(state, wanted)) return
  const reason = state.active === 'inactive' ? ': it has ended, or one of its conditions says no' : ''
  const now = state.active === 'failed' ? 'has failed' : `is ${state.active}`
  throw await unitError(host, unit, { reason: `${unit} was started, and ${now}${reason}` })
}

/** Puts back what was there: file, mask, enabled or not, running or not. */
async function undo(host: Host, wanted: WantedUnit, { previous }: UnitChange): Promise<void> {
  const { unit, path, content } = wanted
  const masked = previous.load === 'masked' || previous.enabled.startsWith('masked')
  if (wanted.masked === true && !masked) await host.$`systemctl unmask -- ${unit}`
  if (previous.active !== 'active' && wanted.running === true)
    await host.$({ nothrow: true })`systemctl stop -- ${unit}`
  if (wanted.enabled === true && previous.enabled !== 'enabled')
    await host.$({ nothrow: true })`systemctl disable -- ${unit}`
  if (content !== undefined) {
    if (previous.content !== null) await host.write(path, previous.content)
    else await host.$`rm -f -- ${path}`
    await host.$`systemctl daemon-reload`
  }
  if (wanted.enabled === false && previous.enabled === 'enabled') await host.$`systemctl enable -- ${unit}`
  if (previous.active === 'active' && (wanted.running === false || content !== undefined))
    await host.$`systemctl restart -- ${unit}`
  if (wanted.masked === false && masked) await host.$`systemctl mask -- ${unit}`
}
