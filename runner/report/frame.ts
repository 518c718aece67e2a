import type { HostState, Model, StepState } from './model.ts'
import { type Colour, colourOf, type Paint, seconds } from './paint.ts'

/** Where and when a picture is drawn. */
export interface Canvas {
  columns: number
  rows: number
  /** The time that the picture shows, in ms of `performance.now()`. */
  now: number
  paint: Paint
}

const glyphs: Record<StepState['status'], string> = {
  ok: '✔',
  changed: '~',
  failed: '✗',
  unknown: '?',
  undone: '↶',
  'undo-failed': '✗',
}
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const msPerSpin = 100

/** Notes at the bottom of the picture: the last ones. */
const notesShown = 3
/** More hosts than this in one state are counted, not listed. */
const mostListed = 6
/** With fewer hosts than this a bar is of no use. */
const hostsForBar = 8

/** The steps of so many hosts stay when the hosts are done; of more hosts, changed steps are counted. */
const mostUnfolded = 5

/**
 * One picture of a run, no line wider than the canvas and no more lines than it has rows. It shows the running hosts
 * with their steps, and of few hosts also those that are done; where these do not fit, the hosts without steps; where
 * these do not fit either, how many more there are. Failed hosts come first and stay.
 */
export function drawTree(model: Model, canvas: Canvas): string[] {
  const hosts = [...model.hosts.values()]
  const inState = (...states: HostState['state'][]): HostState[] => hosts.filter(({ state }) => states.includes(state))
  const [title, done] = [titleLine(model, canvas), inState('done')]
  const below = [
    ...foldedLine(inState('skipped'), '· skipped', 'dim', canvas),
    ...foldedLine(inState('waiting'), '· waiting', 'dim', canvas),
    ...model.notes.slice(-notesShown).map((note) => cut(note, canvas.columns)),
  ]
  if (hosts.length <= mostUnfolded) {
    const unfolded = withSteps([...hosts.filter(isLost), ...inState('running', 'done')], canvas)
    if (unfolded.length + below.length < canvas.rows) return [title, ...unfolded, ...below]
  }
  // Beside the hosts there is a title, and a line that says how many hosts are left out.
  const others = 2 + below.length + (done.length > 0 ? 1 : 0)
  return [
    title,
    ...hostLines([...hosts.filter(isLost), ...inState('running')], Math.max(1, canvas.rows - others), canvas),
    ...foldedLine(done, '✔ done', 'green', canvas),
    ...below,
  ]
}

const isLost = ({ state }: HostState): boolean => state === 'failed' || state === 'unreachable'

function titleLine(model: Model, canvas: Canvas): string {
  const title = `${model.playbook}${model.check ? ' (check)' : ''}${progress(model, canvas.columns)}`
  return line(canvas, title, canvas.now - model.since, 'bold')
}

/** A bar and counts. Few hosts need none: each of them has its own line. */
function progress(model: Model, columns: number): string {
  const hosts = [...model.hosts.values()]
  if (hosts.length < hostsForBar) return ''
  const count = (...states: HostState['state'][]): number => hosts.filter(({ state }) => states.includes(state)).length
  const [done, failed, skipped] = [count('done'), count('failed', 'unreachable'), count('skipped')]
  const ended = done + failed + skipped
  const width = Math.min(30, Math.max(0, columns - 70))
  const filled = Math.round((ended / hosts.length) * width)
  const bar = width >= 10 ? `  ${'█'.repeat(filled)}${'░'.repeat(width - filled)}` : ''
  const problems = `${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return `${bar}  ${ended}/${hosts.length} hosts${problems}`
}

/** The lines of hosts with their steps, or without if that is too much: at most `budget`, and one that counts the others. */
function hostLines(hosts: readonly HostState[], budget: number, canvas: Canvas): string[] {
  const whole = withSteps(hosts, canvas)
  const lines = whole.length <= budget ? whole : hosts.map((host) => hostLine(host, canvas))
  const more = lines.length - budget
  return more > 0 ? [...lines.slice(0, budget), canvas.paint('dim', `… ${more} more`)] : lines
}

const withSteps = (hosts: readonly HostState[], canvas: Canvas): string[] =>
  hosts.flatMap((host) => [hostLine(host, canvas), ...stepLines(host, canvas)])

/** Hosts in one state, in one line: their names, or how many they are, and how many steps changed something. */
function foldedLine(hosts: readonly HostState[], title: string, colour: Colour, { columns, paint }: Canvas): string[] {
  if (hosts.length === 0) return []
  const names = hosts.length <= mostListed ? hosts.map((host) => host.name).join(', ') : `${hosts.length} hosts`
  const changed = hosts.reduce((sum, host) => sum + changedSteps(host), 0)
  const steps = changed === 0 ? '' : `, ${changed} step${changed === 1 ? '' : 's'} changed`
  return [paint(colour, cut(`${title}${steps}: ${names}`, columns))]
}

const changedSteps = ({ steps }: HostState): number => steps.filter(({ status }) => status === 'changed').length

function hostLine(host: HostState, canvas: Canvas): string {
  const running = host.state === 'running'
  const lost = isLost(host)
  const mark = lost ? '✗' : running ? spin(canvas) : '✔'
  const text = `${mark} ${host.name}  ok=${host.ok} changed=${changedSteps(host)}${lost ? ` ${host.state}` : ''}`
  return line(canvas, text, running ? canvas.now - host.since : host.ms, lost ? 'red' : running ? 'cyan' : 'green')
}

function stepLines({ steps, current }: HostState, canvas: Canvas): string[] {
  const ended = steps.map(({ task, status, change, ms }) => {
    const text = `    ${glyphs[status]} ${task}${change ? `: ${change.summary}` : ''}`
    return line(canvas, text, ms, colourOf[status])
  })
  if (!current) return ended
  const { task, since, undo, lastLine } = current
  return [
    ...ended,
    line(canvas, `    ${spin(canvas)} ${undo ? 'undo ' : ''}${task}`, canvas.now - since),
    ...(lastLine ? [canvas.paint('dim', cut(`        ${lastLine}`, canvas.columns))] : []),
  ]
}

const spin = ({ now }: Canvas): string => spinner.charAt(Math.floor(now / msPerSpin) % spinner.length)

/** Text on the left, a time (ms) on the right. */
function line({ columns, paint }: Canvas, left: string, ms: number, colour?: Colour): string {
  const right = seconds(ms)
  const width = Math.max(1, columns - right.length - 2)
  const text = cut(left, width).padEnd(width)
  return `${colour ? paint(colour, text) : text} ${paint('dim', right)}`
}

/** Cuts a text to so many columns, without control characters: they would move the cursor. */
export function cut(text: string, columns: number): string {
  const clean = text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').replace(/[\u0000-\u001f\u007f]/g, ' ')
  return clean.length > columns ? `${clean.slice(0, Math.max(0, columns - 1))}…` : clean
}
