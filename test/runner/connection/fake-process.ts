import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'

/** A process of this machine that does what the test says. */
export class FakeProcess extends EventEmitter {
  stdin = new PassThrough()
  stdout = new PassThrough()
  stderr = new PassThrough()
}

/** Stands for `spawn` of node:child_process. `started`: the processes, in order. */
export function fakeSpawn(): { spawn: () => FakeProcess; started: FakeProcess[] } {
  const started: FakeProcess[] = []
  const spawn = (): FakeProcess => {
    const child = new FakeProcess()
    started.push(child)
    return child
  }
  return { spawn, started }
}
