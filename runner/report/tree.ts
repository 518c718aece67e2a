import { Listr, type ListrRenderer } from 'listr2'
import type { Event, Reporter } from '../events.ts'
import { changeLines, closingLines } from './closing.ts'
import { frame } from './frame.ts'
import { Model } from './model.ts'
import type { Paint } from './paint.ts'

export interface TreeOptions {
  sink: (text: string) => void
  paint: Paint
  verbose: boolean
  diff: boolean
  columns: () => number
  rows: () => number
}

/** Drawing may never slow the run. */
const framesPerSecond = 10

/**
 * A live tree, run by listr2 with a renderer of our own: its default one redraws everything at every event, which at
 * 100 hosts takes minutes of CPU.
 */
export function treeReporter({ sink, paint, diff, columns, rows }: TreeOptions): Reporter {
  const model = new Model()
  const after: string[] = []
  let check = false
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))

  class FleetRenderer implements ListrRenderer {
    static nonTTY = true
    static rendererOptions: never
    static rendererTaskOptions: never
    #timer: NodeJS.Timeout | undefined
    #drawn = 0

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
      const lines = frame(model, performance.now(), columns() - 1, height, paint)
      sink(`${this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[J` : ''}${lines.join('\n')}\n`)
      this.#drawn = lines.length
    }
  }

  let drawing: Promise<unknown> | undefined
  const start = (): void => {
    const list = new Listr([{ title: model.playbook, task: () => finished }], { renderer: FleetRenderer, registerSignalListeners: false })
    drawing = list.run()
  }
  return {
    on: (event: Event) => {
      model.on(event)
      if (event.type === 'run-start') {
        check = event.check
        start()
      }
      if (event.type === 'task-end' && event.change && diff) after.push(`${event.host}  ${event.task}: ${event.change.summary}`, ...changeLines(event.change, paint))
      if (event.type === 'run-end') after.push(...model.notes.splice(0), ...closingLines(event, check, paint))
    },
    end: async () => {
      finish()
      await drawing
      if (after.length > 0) sink(`${after.join('\n')}\n`)
    },
  }
}
