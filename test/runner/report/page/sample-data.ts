import type { Traffic, TrafficSample } from '../../../../runner/events.ts'
import type { HostData, RunData, StepData } from '../../../../runner/report/page/run-data.ts'

export const step = (task: string, at: number, ms: number, rest: Partial<StepData> = {}): StepData => ({
  task,
  phase: 'run',
  status: 'ok',
  at,
  ms,
  summary: null,
  diff: [],
  error: [],
  retries: [],
  output: [],
  ...rest,
})

export const host = (name: string, steps: StepData[], rest: Partial<HostData> = {}): HostData => ({
  name,
  status: 'done',
  at: 0,
  ms: Math.max(0, ...steps.map(({ at, ms }) => at + ms)),
  counters: counters(steps),
  error: [],
  steps,
  ...rest,
})

function counters(steps: readonly StepData[]): HostData['counters'] {
  const of = (status: StepData['status']): number => steps.filter((each) => each.status === status).length
  return { ok: of('ok'), changed: of('changed'), failed: of('failed'), skipped: 0, unreachable: 0, ms: 0 }
}

export const run = (rest: Partial<RunData> = {}): RunData => ({
  playbook: 'Deploy',
  check: false,
  startedAt: Date.UTC(2026, 10, 27, 20, 30, 12),
  ms: 21_400,
  finished: true,
  hosts: [],
  notes: [],
  findings: [],
  failures: [],
  traffic: [],
  ...rest,
})

const switchedAt = Date.UTC(2026, 10, 27, 20, 30, 15)

/** Numbers that look measured, the same each time. */
const wave = (index: number, seed: number): number => Math.sin(index * 1.7 + seed) * 0.5 + Math.sin(index * 0.6 + seed)

/** What two versions answered from 4 s before a switch to 16 s after it. */
export function traffic(seed = 0, { failed = 0 } = {}): Traffic {
  const samples = Array.from({ length: 20 }, (_, index): TrafficSample[] => {
    const at = switchedAt + (index - 3) * 1000
    const requests = Math.round(62 + wave(index, seed) * 9)
    const isNew = index >= 4
    const p95 = Math.round((isNew ? 18 : 17) + wave(index, seed + 1) * 2 + (index === 4 ? 9 : 0))
    const sample = { at, ms: 1000, requests, failed: index === 6 ? failed : 0, p50: Math.round(p95 / 2.4), p95 }
    const former = { at, ms: 1000, version: 'v1.1.0 (blue)', requests: index === 4 ? 7 : 0, failed: 0 }
    return isNew
      ? [{ ...sample, version: 'v1.2.0 (green)' }, ...(index < 8 ? [former] : [])]
      : [{ ...sample, version: 'v1.1.0 (blue)' }]
  }).flat()
  return {
    subject: 'shop',
    versions: ['v1.1.0 (blue)', 'v1.2.0 (green)'],
    samples,
    marks: [
      { at: switchedAt, what: 'switch' },
      { at: switchedAt + 15_200, what: 'drain' },
    ],
  }
}

const routeDiff = [
  '@@ -8,4 +8,4 @@',
  '     shop:',
  '       loadBalancer:',
  '         servers:',
  '-          - url: http://shop-blue:8000',
  '+          - url: http://shop-green:8000',
]

const releaseSteps = (late: number, rest: Partial<StepData> = {}): StepData[] => [
  step('resolve', 210, 95 + late),
  step('route', 310 + late, 20),
  step('pull image', 330 + late, 820, { status: 'changed', summary: 'registry.lan/shop:v1.2.0', ...rest }),
  step('migrate', 1150 + late, 460, { status: 'changed', summary: 'python manage.py migrate' }),
  step('start', 1610 + late, 240, { status: 'changed', summary: 'shop-green v1.2.0' }),
  step('gate', 1850 + late, 1030, {
    status: 'changed',
    summary: '3 good answers in a row',
    retries: ['/health answers 503'],
  }),
  step('switch', 2900, 60, { status: 'changed', summary: 'shop → green v1.2.0', diff: routeDiff }),
  step('confirm', 2960, 140, { status: 'changed', summary: 'Traefik has taken the switch' }),
  step('bake', 3100, 15_000, { status: 'changed', summary: '15 s' }),
  step('drain', 18_200, 2900, { status: 'changed', summary: 'shop-blue v1.1.0' }),
  step('record', 21_100, 80, { status: 'changed', summary: 'releases.jsonl' }),
]

/** A release on two hosts, with what users asked meanwhile. */
export const release = (): RunData =>
  run({
    hosts: [host('web-1', releaseSteps(0)), host('web-2', releaseSteps(40))],
    notes: [
      {
        at: 21_390,
        host: null,
        text: 'shop v1.1.0 → v1.2.0 on 2 hosts, switched after 3.1 s, 0 of 2,496 requests failed during the cut-over, p95 18 ms (17 ms before), rollback: cutover rollback',
      },
    ],
    traffic: [
      { host: 'web-1', traffic: traffic() },
      { host: 'web-2', traffic: traffic(2) },
    ],
  })

/** A release that did not pass the gate of one host. */
export function failedRelease(): RunData {
  const error = [
    'web-2: gate: the new slot is not healthy',
    'Docker says unhealthy; /health answers 500',
    'Look at its log: docker logs shop-green',
  ]
  const start = releaseSteps(0).slice(0, 5)
  return run({
    ms: 7300,
    hosts: [
      host(
        'web-1',
        [
          ...start,
          step('gate', 1850, 900, { status: 'changed' }),
          step('start', 7000, 200, { status: 'undone', phase: 'undo' }),
        ],
        {
          status: 'skipped',
          ms: 7250,
          error: ['web-2 failed before shop is ready everywhere, so no host goes past it'],
        },
      ),
      host(
        'web-2',
        [
          ...start,
          step('gate', 1850, 5000, {
            status: 'failed',
            error,
            output: [
              'Traceback (most recent call last):',
              '  File "/app/shop.py", line 12, in <module>',
              "KeyError: 'SHOP_MODE'",
            ],
            retries: ['/health answers 503', '/health answers 500'],
          }),
          step('start', 6900, 300, { status: 'undone', phase: 'undo' }),
        ],
        { status: 'failed', ms: 7250 },
      ),
    ],
    notes: [],
    failures: [
      { host: 'web-2', task: 'gate', lines: error.slice(0, 2), hints: error.slice(2) },
      {
        host: 'web-1',
        task: null,
        lines: ['web-2 failed before shop is ready everywhere, so no host goes past it'],
        hints: [],
      },
    ],
  })
}

/** As many hosts and steps as somebody may have. */
export const large = (hosts = 50, steps = 30): RunData =>
  run({
    playbook: 'Setup',
    ms: steps * 400,
    hosts: Array.from({ length: hosts }, (_, h) =>
      host(
        `web-${h + 1}`,
        Array.from({ length: steps }, (_, s) =>
          step(`task ${s + 1}`, s * 400 + h * 3, 380, {
            ...(s % 3 === 0 && {
              status: 'changed',
              summary: `wrote /etc/app/${s}.conf`,
              diff: [
                '@@ -1,2 +1,2 @@',
                ...Array.from({ length: 30 }, (_, line) => `+line ${line} of ${s}: a value that is set`),
              ],
            }),
          }),
        ),
      ),
    ),
  })
