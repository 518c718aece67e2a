import { expect, it } from 'vitest'
import { timelineOf } from '../../../../runner/report/page/timeline.ts'
import { host, run, step } from './sample-data.ts'

it('each step has its place in the time of the run', () => {
  const steps = [step('one', 0, 500), step('two', 500, 250, { status: 'changed', summary: 'it' })]
  const { ticks, hosts } = timelineOf(run({ ms: 1000, hosts: [host('web-1', steps)] }))
  expect(ticks.map(({ at, label }) => `${label} at ${at} %`)).toEqual([
    '0 s at 0 %',
    '0.2 s at 20 %',
    '0.4 s at 40 %',
    '0.6 s at 60 %',
    '0.8 s at 80 %',
    '1 s at 100 %',
  ])
  expect(hosts).toEqual([
    {
      id: 'h0',
      name: 'web-1',
      status: 'done',
      sign: '✔',
      word: 'done',
      at: '0.0 s',
      took: '0.8 s',
      left: 0,
      width: 75,
      counts: '1 ok, 1 changed',
      error: [],
      steps: [
        {
          id: 'h0s0',
          task: 'one',
          status: 'ok',
          sign: '✔',
          word: 'ok',
          at: '0.0 s',
          took: '0.5 s',
          left: 0,
          width: 50,
          summary: '',
        },
        {
          id: 'h0s1',
          task: 'two',
          status: 'changed',
          sign: '~',
          word: 'changed',
          at: '0.5 s',
          took: '0.3 s',
          left: 50,
          width: 25,
          summary: 'it',
        },
      ],
    },
  ])
})

it('in check mode, a change is one that would be made', () => {
  const { hosts } = timelineOf(run({ check: true, hosts: [host('a', [step('x', 0, 1, { status: 'changed' })])] }))
  expect(hosts[0]).toMatchObject({ counts: '1 would change', steps: [{ word: 'would change' }] })
})

it('a host that never began has no times, and a run of no length no bars', () => {
  const { hosts } = timelineOf(run({ ms: 0, hosts: [host('a', [], { status: 'waiting', at: null })] }))
  expect(hosts[0]).toMatchObject({ at: '', took: '', left: 0, width: 0, counts: '', word: 'not begun' })
})
