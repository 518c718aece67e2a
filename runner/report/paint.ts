import type { Status } from '../events.ts'

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold'
export type Paint = (colour: Colour, text: string) => string

const codes: Record<Colour, readonly [number, number]> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/** Colours on a terminal, unless NO_COLOR; FORCE_COLOR gives them elsewhere too, and FORCE_COLOR=0 nowhere. */
export function painter(env: NodeJS.ProcessEnv, tty: boolean): Paint {
  const { FORCE_COLOR: forced } = env
  const on = !env.NO_COLOR && (forced === undefined ? tty && env.TERM !== 'dumb' : forced !== '0' && forced !== 'false')
  return (colour, text) => (on ? `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m` : text)
}

export const colourOf: Record<Status, Colour> = {
  ok: 'green',
  changed: 'yellow',
  failed: 'red',
  unknown: 'cyan',
  undone: 'cyan',
  'undo-failed': 'red',
}

/** A time for a person: 0.3 s, 12.0 s, 2 min 05 s. It is never negative, although two clocks may be read out of order. */
export function seconds(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 100) return `${s.toFixed(1)} s`
  const whole = Math.round(s)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}
