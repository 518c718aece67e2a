import { Listr, type ListrRenderer } from 'listr2'
import type { Reporter } from '../events.ts'
import { changeLines, Closing } from './closing.ts'
import { findingLines } from './findings.ts'
import { drawTree } from './frame.ts'
import { Model } from './model.ts'
import type { ReporterOptions } from './options.ts'
import type { Paint } from './paint.ts'

export type TreeOptions = Omit<ReporterOptions, 'summaryFile'>

/** More would slow down the run. */
const framesPerSecond = 10

/** A live tree on a terminal; after the run its closing lines. */
export function treeReporter(options: TreeOptions): Reporter {
  const { sink, paint, verbose, diff } = options
  const model = new Model({ all: verbose })
  const closing = new Closing(options)
  const closingLines: string[] = []
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  let drawing: Promise<unknown> | undefined
  return {
    on: (event) => {
      model.on(event)
      closing.on(event)
      if (event.type === 'run-start') drawing = draw(model, options, finished)
      if (event.type === 'task-end' && event.change && diff && !closing.check)
        closingLines.push(`${event.host}  ${event.task}: ${event.change.summary}`, ...changeLines(event.change, paint))
      if (event.type === 'findings') closingLines.push(...findingLines(event, options))
      if (event.type === 'run-end') closingLines.push(...model.notes.splice(0), ...closing.lines(event))
    },
    end: async () => {
      finish()
      await drawing
      if (closingLines.length > 0) sink(`${closingLines.join('\n')}\n`)
    },
  }
}

/**
 * Draws a model again and again until the run has finished. listr2 runs it with our own renderer: its default one draws
 * everything at every event, which at 100 hosts takes minutes of CPU time.
 */
function draw(model: Model, options: TreeOptions, finished: Promise<void>): Promise<unknown> {
  class FleetRenderer extends Picture implements ListrRenderer {
    static nonTTY = true
    static rendererOptions: never
    static rendererTaskOptions: never
    constructor() {
      super(model, options)
    }
  }
  return new Listr([{ title: model.playbook, task: () => finished }], {
    renderer: FleetRenderer,
    registerSignalListeners: false,
  }).run()
}

/** The picture of a model on a terminal, drawn in the place of the one before. */
class Picture {
  readonly #model: Model
  readonly #sink: (text: string) => void
  readonly #paint: Paint
  readonly #columns: () => number
  readonly #rows: () => number
  #timer: NodeJS.Timeout | undefined
  #drawn: string[] = []

  constructor(model: Model, { sink, paint, columns, rows }: TreeOptions) {
    this.#model = model
    this.#sink = sink
    this.#paint = paint
    this.#columns = columns
    this.#rows = rows
  }

  render(): void {
    this.#sink(hideCursor)
    this.#draw()
    this.#timer = setInterval(() => this.#draw(), 1000 / framesPerSecond)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#draw(Infinity)
    this.#sink(showCursor)
  }

  #draw(rows = this.#rows() - 1): void {
    const columns = this.#columns()
    const lines = drawTree(this.#model, { columns: columns - 1, rows, now: performance.now(), paint: this.#paint })
    // If the terminal was made narrower since, a line that was drawn takes several rows now.
    const up = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0)
    this.#sink(`${up > 0 ? `\u001b[${up}A\r\u001b[J` : ''}${lines.join('\n')}\n`)
    this.#drawn = lines
  }
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

/** How many columns a painted line takes: its colours take none. */
const width = (line: string): number => line.replace(/\u001b\[[0-9;]*m/g, '').length
