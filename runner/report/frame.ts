import type { HostState, Model, StepState } from './model.ts'
import { type Colour, colourOf, type Paint, seconds } from './paint.ts'

const glyphs: Record<StepState['status'], string> = {
  ok: '✔',
  changed: '~',
  failed: '✗',
  unknown: '?',
  undone: '↶',
  'undo-failed': '✗',
}
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

/**
 * One picture of a run, no line wider than `columns` and no more lines than `rows`: hosts that move with their steps,
 * then hosts alone, then counts. Failures stay.
 */
export function drawTree(model: Model, now: number, columns: number, rows: number, paint: Paint): string[] {
  const hosts = [...model.hosts.values()]
  const moving = hosts.filter((host) => host.state === 'running')
  const lost = hosts.filter((host) => host.state === 'failed' || host.state === 'unreachable')
  const done = hosts.filter((host) => host.state === 'done' || host.state === 'skipped')
  const waiting = hosts.filter((host) => host.state === 'waiting')
  const spin = spinner[Math.floor(now / 100) % spinner.length]!
  const head = line(
    columns,
    paint,
    'bold',
    `${model.playbook}${model.check ? ' (check)' : ''}${progress(model, columns)}`,
    seconds(now - model.since),
  )
  const notes = model.notes.slice(-3).map((note) => cut(note, columns))
  const budget = Math.max(1, rows - 2 - notes.length - (done.length > 0 ? 1 : 0) - (waiting.length > 0 ? 1 : 0))

  const full = [...lost, ...moving].map((host) => [
    hostLine(host, now, columns, spin, paint),
    ...stepLines(host, now, columns, spin, paint),
  ])
  const short = [...lost, ...moving].map((host) => [hostLine(host, now, columns, spin, paint)])
  const shown = fits(full, budget) ? full : short
  const lines = shown.flat().slice(0, budget)
  const folded = shown.flat().length - lines.length
  const fold = (list: readonly HostState[], text: string, colour: Colour): string[] =>
    list.length > 0
      ? [
          paint(
            colour,
            cut(
              `${text}: ${list.length === 1 || list.length <= 6 ? list.map((host) => host.name).join(', ') : `${list.length} hosts`}`,
              columns,
            ),
          ),
        ]
      : []
  return [
    head,
    ...lines,
    ...(folded > 0 ? [paint('dim', `… ${folded} more`)] : []),
    ...fold(done, '✔ done', 'green'),
    ...fold(waiting, '· waiting', 'dim'),
    ...notes,
  ]
}

/** From so many hosts on a bar is of use. */
const many = 8

/** A bar, and counts: of a few hosts each is seen anyway. */
function progress(model: Model, columns: number): string {
  const hosts = [...model.hosts.values()]
  if (hosts.length < many) return ''
  const count = (...states: HostState['state'][]): number => hosts.filter((host) => states.includes(host.state)).length
  const [done, lost, skipped] = [count('done'), count('failed', 'unreachable'), count('skipped')]
  const room = Math.min(30, Math.max(0, columns - 70))
  const full = Math.round(((done + lost + skipped) / hosts.length) * room)
  const bar = room >= 10 ? `  ${'█'.repeat(full)}${'░'.repeat(room - full)}` : ''
  return `${bar}  ${done + lost + skipped}/${hosts.length} hosts${lost > 0 ? `, ${lost} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

const fits = (blocks: readonly (readonly string[])[], budget: number): boolean =>
  blocks.reduce((sum, block) => sum + block.length, 0) <= budget

function hostLine(host: HostState, now: number, columns: number, spin: string, paint: Paint): string {
  const changed = host.steps.filter((step) => step.status === 'changed').length
  const lost = host.state === 'failed' || host.state === 'unreachable'
  const mark = lost ? '✗' : host.state === 'running' ? spin : '✔'
  const now$ = host.state === 'running' ? now - host.since : host.ms
  return line(
    columns,
    paint,
    lost ? 'red' : 'cyan',
    `${mark} ${host.name}  ok=${host.ok} changed=${changed}${lost ? ` ${host.state}` : ''}`,
    seconds(now$),
  )
}

function stepLines(host: HostState, now: number, columns: number, spin: string, paint: Paint): string[] {
  const ended = host.steps.map((step) =>
    line(
      columns,
      paint,
      colourOf[step.status],
      `    ${glyphs[step.status]} ${step.task}${step.change ? `: ${step.change.summary}` : ''}`,
      seconds(step.ms),
    ),
  )
  if (!host.current) return ended
  const { task, since, undo, line: last } = host.current
  return [
    ...ended,
    line(columns, paint, undefined, `    ${spin} ${undo ? 'undo ' : ''}${task}`, seconds(now - since)),
    ...(last ? [paint('dim', cut(`        ${last}`, columns))] : []),
  ]
}

/** Text on the left, a time on the right. */
function line(columns: number, paint: Paint, colour: Colour | undefined, left: string, right: string): string {
  const room = Math.max(1, columns - right.length - 2)
  const text = cut(left, room).padEnd(room)
  return `${colour ? paint(colour, text) : text} ${paint('dim', right)}`
}

/** Cuts a text to so many columns; control characters do not move the cursor. */
export function cut(text: string, columns: number): string {
  const clean = text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').replace(/[\u0000-\u001f\u007f]/g, ' ')
  return clean.length > columns ? `${clean.slice(0, Math.max(0, columns - 1))}…` : clean
}
