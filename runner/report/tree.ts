import { Listr, type ListrRenderer } from 'listr2'
import type { Event, Reporter } from '../events.ts'
import { changeLines, Closing } from './closing.ts'
import { drawTree } from './frame.ts'
import { Model } from './model.ts'
import type { Paint } from './paint.ts'

export interface TreeOptions {
  sink: (text: string) => void
  paint: Paint
  verbose: boolean
  diff: boolean
  profile: boolean
  columns: () => number
  rows: () => number
}

/** Drawing may never slow the run. */
const framesPerSecond = 10

/**
 * A live tree, run by listr2 with a renderer of our own: its default one redraws everything at every event, which at
 * 100 hosts takes minutes of CPU.
 */
export function treeReporter({ sink, paint, verbose, diff, profile, columns, rows }: TreeOptions): Reporter {
  const model = new Model({ all: verbose })
  const closing = new Closing({ paint, profile })
  const after: string[] = []
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))

  class FleetRenderer implements ListrRenderer {
    static nonTTY = true
    static rendererOptions: never
    static rendererTaskOptions: never
    #timer: NodeJS.Timeout | undefined
    #drawn: string[] = []

    render(): void {
      sink('\u001b[?25l')
      this.#draw()
      this.#timer = setInterval(() => this.#draw(), 1000 / framesPerSecond)
    }

    end(): void {
      clearInterval(this.#timer)
      this.#draw(Infinity)
      sink('\u001b[?25h')
    }

    #draw(height = rows() - 1): void {
      const lines = drawTree(model, performance.now(), columns() - 1, height, paint)
      // Lines of a terminal that was made narrower since take several rows now.
      const up = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns())), 0)
      sink(`${up > 0 ? `\u001b[${up}A\r\u001b[J` : ''}${lines.join('\n')}\n`)
      this.#drawn = lines
    }
  }

  let drawing: Promise<unknown> | undefined
  const start = (): void => {
    const list = new Listr([{ title: model.playbook, task: () => finished }], {
      renderer: FleetRenderer,
      registerSignalListeners: false,
    })
    drawing = list.run()
  }
  return {
    on: (event: Event) => {
      model.on(event)
      closing.on(event)
      if (event.type === 'run-start') start()
      if (event.type === 'task-end' && event.change && diff && !closing.check)
        after.push(`${event.host}  ${event.task}: ${event.change.summary}`, ...changeLines(event.change, paint))
      if (event.type === 'run-end') after.push(...model.notes.splice(0), ...closing.lines(event))
    },
    end: async () => {
      finish()
      await drawing
      if (after.length > 0) sink(`${after.join('\n')}\n`)
    },
  }
}

/** Columns of a painted line: its colours take none. */
const width = (line: string): number => line.replace(/\u001b\[[0-9;]*m/g, '').length
