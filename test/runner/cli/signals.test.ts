import { afterEach, describe, expect, it, vi } from 'vitest'
import { onSignals } from '../../../runner/cli/signals.ts'

describe('Ctrl-C', () => {
  let release = (): void => {}
  afterEach(() => release())

  it('interrupts once, however many relay the press, and exits when pressed again', () => {
    const interrupted = vi.fn<() => void>()
    const exit = vi.fn<(status: number) => void>()
    let now = 5000
    release = onSignals(interrupted, exit, () => now)
    process.emit('SIGINT')
    now += 20
    process.emit('SIGINT')
    expect(interrupted).toHaveBeenCalledTimes(1)
    expect(exit).not.toHaveBeenCalled()
    now += 2000
    process.emit('SIGINT')
    expect(exit).toHaveBeenCalledWith(130)
    expect(interrupted).toHaveBeenCalledTimes(1)
  })
})
