import { EventEmitter } from 'node:events'
import type { ConnectConfig } from '../../../../runner/connection/ssh/ssh2.ts'

type Callback = (error: Error | undefined, stream?: unknown) => void

/** A client of ssh2 whose server is the test. */
export class FakeClient extends EventEmitter {
  config: ConnectConfig = {}
  execs: [string, Callback][] = []
  forwards: [string, number, Callback][] = []
  destroyed = false
  ended = false
  connect(config: ConnectConfig): void {
    this.config = config
  }
  exec(command: string, done: Callback): void {
    this.execs.push([command, done])
  }
  forwardOut(_from: string, _port: number, address: string, port: number, done: Callback): void {
    this.forwards.push([address, port, done])
  }
  destroy(): void {
    this.destroyed = true
  }
  end(): void {
    this.ended = true
  }
}
