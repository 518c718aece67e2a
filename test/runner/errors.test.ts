import { describe, expect, it } from 'vitest'
import {
  BarrierError,
  CommandError,
  CutoverError,
  exitStatus,
  explain,
  InterruptedError,
  message,
  NotConvergedError,
  rootCause,
  UndoError,
  UnreachableError,
  UnsafeError,
  UsageError,
} from '../../runner/errors.ts'

it.each([
  [new CutoverError('x'), exitStatus.failed, 'CutoverError'],
  [new UsageError('x'), exitStatus.usage, 'UsageError'],
  [new UnreachableError('x'), exitStatus.unreachable, 'UnreachableError'],
  [new InterruptedError(), exitStatus.interrupted, 'InterruptedError'],
  [new UnsafeError('x'), exitStatus.failed, 'UnsafeError'],
  [new BarrierError('x'), exitStatus.failed, 'BarrierError'],
])('%s ends a program with %i', (error, exit, name) => {
  expect([error.exit, error.name]).toEqual([exit, name])
})

it('the exit statuses are part of the interface', () => {
  expect(exitStatus).toEqual({ ok: 0, failed: 1, usage: 2, unreachable: 3, drift: 4, warned: 5, interrupted: 130 })
})

it('errors say what happened and what to do', () => {
  expect(new InterruptedError().message).toBe('interrupted')
  expect(new NotConvergedError('mode 644')).toMatchObject({
    message: 'not converged: after apply, check still wants: mode 644',
    hint: 'Either apply does not make the change that check looks for, or something on the host undoes it at once.',
  })
  const undo = new UndoError(new Error('no'), [
    { task: 'a', error: new Error('x') },
    { task: 'b', error: 'y' },
  ])
  expect(undo).toMatchObject({ message: 'no', hint: 'Undoing failed too, in: a (x); b (y).' })
  expect(new BarrierError('x', [1]).because).toEqual([1])
})

it.each([
  ['echo a', 'echo a ended with 3'],
  [' a\n   b  \n\n c ', 'a ; b ; c ended with 3'],
  ['x'.repeat(200), `${'x'.repeat(200)} ended with 3`],
  ['x'.repeat(201), `${'x'.repeat(200)} … ended with 3`],
])('the error of the command %j names it in one short line', (command, text) => {
  expect(new CommandError(command, { host: 'web-1', exitCode: 3, output: '' }).message).toBe(text)
})

it('an error of a command has the host, and a reason in the place of a status that says nothing', () => {
  const failure = { host: 'web-1', exitCode: 143, output: 'x', reason: 'not done within 2 s', hint: 'do it' }
  expect(new CommandError('sleep 3', failure)).toMatchObject({
    ...{ message: 'sleep 3: not done within 2 s', command: 'sleep 3', host: 'web-1', exitCode: 143, output: 'x' },
    hint: 'do it',
  })
})

it('anything that was thrown has a message', () => {
  expect([message(new Error('real')), message('text'), message(undefined)]).toEqual(['real', 'text', 'undefined'])
})

it('the first error of a chain is its cause, but for a host that cannot be reached', () => {
  const first = new Error('first')
  const lost = new UnreachableError('lost', { cause: first })
  expect(rootCause(new CutoverError('a', { cause: new CutoverError('b', { cause: first }) }))).toBe(first)
  expect(rootCause(new CutoverError('a', { cause: lost }))).toBe(lost)
  expect(rootCause(new CutoverError('a', { cause: 'text' }))).toMatchObject({ message: 'a' })
  expect(rootCause('text')).toBe('text')
})

describe('an error is explained', () => {
  const bug = new TypeError('x is undefined')
  bug.stack = 'TypeError: x is undefined\n    at one\n    at two\n    at three\n    at four'
  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, []],
    ['null', null, []],
    ['a text', 'text', ['text']],
    ['lines', new Error('a\nb'), ['a', 'b']],
    ['a hint', new CutoverError('a', { hint: 'b\nc' }), ['a', 'b', 'c']],
    ['causes', new CutoverError('a', { cause: new Error('b', { cause: 'c' }), hint: 'h' }), ['a', 'h', 'b', 'c']],
    ['a cause that was said', new CutoverError('a: b', { cause: new Error('b') }), ['a: b']],
    [
      'output',
      new CommandError('c', { host: 'web-1', exitCode: 1, output: '\n1\n2\n' }),
      ['c ended with 1', '  1', '  2'],
    ],
    ['no output', new CommandError('c', { host: 'web-1', exitCode: 1, output: ' \n' }), ['c ended with 1']],
    ['a bug', bug, ['x is undefined', '    at one', '    at two', '    at three']],
  ])('%s', (_, error, lines) => {
    expect(explain(error)).toEqual(lines)
  })

  it('with the last lines of the output', () => {
    const output = Array.from({ length: 20 }, (_, index) => String(index)).join('\n')
    expect(explain(new CommandError('c', { host: 'web-1', exitCode: 1, output }))).toHaveLength(13)
    expect(explain(new CommandError('c', { host: 'web-1', exitCode: 1, output }), 2)).toEqual([
      'c ended with 1',
      '  18',
      '  19',
    ])
  })

  it('with the stack of a ReferenceError, but not of other errors', () => {
    expect(explain(new ReferenceError('x'))).toHaveLength(4)
    expect(explain(new RangeError('x'))).toEqual(['x'])
  })
})
