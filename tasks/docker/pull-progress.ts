/** How far a pull is. */
export interface Pulled {
  /** Bytes that have come. */
  bytes: number
  /** Bytes in all, of the layers whose size is known. */
  total: number
  /** There are layers whose size is not known yet: Docker says it when it begins with one. */
  open: boolean
}

interface Layer {
  bytes: number
  total: number | undefined
}

/** Reads what `docker pull` writes to a terminal, piece by piece: each ends where the cursor goes back, or the line ends. */
export class PullProgress {
  readonly #layers = new Map<string, Layer>()

  /** Reads one piece. @returns what it says if it is about no layer, and otherwise null */
  read(piece: string): string | null {
    const text = piece.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').trim()
    const [, id, state = ''] = /^([0-9a-f]{12}): (.*)$/.exec(text) ?? []
    if (id === undefined) return text
    this.#layers.set(id, layerAfter(this.#layers.get(id), state))
    return null
  }

  get pulled(): Pulled {
    const layers = [...this.#layers.values()]
    const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
    return {
      bytes: sum(layers.map(({ bytes }) => bytes)),
      total: sum(layers.map(({ total = 0 }) => total)),
      open: layers.some(({ total }) => total === undefined),
    }
  }
}

const waiting = /^(Pulling fs layer|Waiting|Retrying)/
const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

function layerAfter(before: Layer = { bytes: 0, total: undefined }, state: string): Layer {
  if (waiting.test(state)) return { ...before, bytes: 0 }
  const amounts = /^Downloading .*?([\d.]+)([kMGT]?B)\/([\d.]+)([kMGT]?B)/.exec(state)
  if (amounts) {
    const [, done, unit = '', all, unitOfAll = ''] = amounts
    return { bytes: Number(done) * (units[unit] ?? 1), total: Number(all) * (units[unitOfAll] ?? 1) }
  }
  if (state.startsWith('Downloading')) return before
  // It has come as a whole, or was there; a small one may never have said its size.
  const total = before.total ?? 0
  return { bytes: total, total }
}

const cells = 10

/** How far a pull is, for a person. @param ms for how long it has run */
export function pulledText({ bytes, total, open }: Pulled, ms: number): string {
  if (total === 0) return 'waiting for the registry'
  const whole = bytes >= total && !open
  const full = Math.floor((bytes / total) * cells)
  const bar = `[${'█'.repeat(full)}${'░'.repeat(cells - full)}]`
  const rate = `${(bytes / 1e3 / ms).toFixed(1)} MB/s`
  return whole
    ? `${bar} ${megabytes(total)} MB, unpacking`
    : `${bar} ${megabytes(bytes)}/${megabytes(total)}${open ? '+' : ''} MB, ${rate}`
}

/** What a pull was, for a person. @param ms how long it took */
export const pullSummary = ({ bytes }: Pulled, ms: number): string =>
  `${megabytes(bytes)} MB in ${(ms / 1e3).toFixed(1)} s, ${(bytes / 1e3 / ms).toFixed(1)} MB/s`

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
