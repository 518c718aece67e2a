import { expect, it } from 'vitest'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { cron, type CronOptions } from '../../../tasks/system/cron.ts'
import { played, refusal } from './played.ts'

const path = '/etc/cron.d/job'
const look = (user: string): string => `command -v crontab || :; getent passwd ${user} || [ $? -eq 2 ]`
const outputs = {
  [look('root')]: '/usr/bin/crontab\nroot:x:0:0:root:/root:/bin/bash\n',
  [look('pat')]: '/usr/bin/crontab\npat:x:7:7::/home/pat:/bin/bash\n',
}

it.each<[CronOptions, string]>([
  [{ at: '03:05', command: 'date +%F >>/x' }, '5 3 * * * root date +\\%F >>/x'],
  [{ at: '0:00', command: 'a' }, '0 0 * * * root a'],
  [
    { schedule: '*/10  1,3-5 1-31/2 jan-MAR mon,sun', user: 'pat', command: 'a' },
    '*/10 1,3-5 1-31/2 jan-MAR mon,sun pat a',
  ],
  [{ schedule: '@daily', command: 'a' }, '@daily root a'],
])('%j is a file with a mark', async (options, line) => {
  const { change, applied, undone } = await played(cron('job', options), outputs)
  expect(change).toMatchObject({
    summary: 'new',
    before: '',
    after: `[mode 644, owner root:root]\n# Written by Cutover.\n${line}\n`,
  })
  expect(applied).toEqual([`write ${path} 644 root:root`])
  expect(undone).toEqual([`rm -f -- ${path}`])
})

it.each([
  ['# Written by Cutover.\n@daily root a\n', undefined],
  ['# Written by Cutover.\n@hourly root a\n', 'content'],
])('the file %j', async (content, summary) => {
  const { change, host } = await played(cron('job', { schedule: '@daily', command: 'a' }), outputs, {
    files: { [path]: content },
  })
  expect(change?.summary).toBe(summary)
  expect(host.files.get(path)?.content).toBe(content)
})

it.each<[string, ScriptedPath]>([
  ['a file without the mark', '# php\n'],
  ['a file that only begins as the mark does', '# Written by Cutover.php\n'],
  ['a large file', `# Written by Cutover.\n${'x'.repeat(1024 * 1024)}`],
  ['a link', { target: '/etc/none' }],
])('%s is refused', async (_, there) => {
  const work = (): unknown => played(cron('job', { at: '1:00', command: 'a' }), outputs, { files: { [path]: there } })
  expect(await refusal(work)).toMatch(
    /\/etc\/cron.d\/job is there, and was not written by this task\nChoose another name/,
  )
})

it('cron or the user may be made by an earlier task', async () => {
  const task = cron('job', { at: '1:00', command: 'a' })
  expect(await refusal(() => played(task, { [look('root')]: 'root:x:0:0::/root:/bin/sh\n' }))).toContain(
    "packages({ present: ['cron'] })",
  )
  expect(await refusal(() => played(task, { [look('root')]: '/usr/bin/crontab\n' }))).toContain('there is no user root')
})

it.each<[string, object, RegExp]>([
  ['a.b', { at: '1:00' }, /'a.b' is not a valid name of a file in \/etc\/cron.d/],
  ['job', { at: '1:00', user: 'a b' }, /not a valid name of a user/],
  ['job', { at: '1:00', command: 'a\nb' }, /the command of cron job is not one line/],
  ['job', { at: '1:00', command: 'date +\\%F' }, /the command has \\%\nWrite %/],
  ['job', {}, /needs either 'at' or 'schedule'\nFor example/],
  ['job', { at: '1:00', schedule: '@daily' }, /needs either/],
  ['job', { at: '24:00' }, /'24:00' is not a time of day\nWrite hours and minutes/],
  ['job', { at: '1:60' }, /is not a time of day/],
  ['job', { schedule: '* * * *' }, /'\* \* \* \*' is not a schedule\nIt has five fields \(minute, hour/],
  ['job', { schedule: '@often' }, /is not a schedule/],
  ['job', { schedule: '60 * * * *' }, /'60' is not a valid minute\nNumbers from 0 to 59/],
  ['job', { schedule: '* 24 * * *' }, /'24' is not a valid hour/],
  ['job', { schedule: '* * 0 * *' }, /'0' is not a valid day of the month/],
  ['job', { schedule: '* * * 13 *' }, /'13' is not a valid month/],
  ['job', { schedule: '* * * * 8' }, /'8' is not a valid day of the week/],
  ['job', { schedule: '* * * * jan' }, /'jan' is not a valid day of the week/],
  ['job', { schedule: '5-1 * * * *' }, /'5-1' is not a valid minute/],
  ['job', { schedule: '5/2 * * * *' }, /'5\/2' is not a valid minute/],
  ['job', { schedule: '*/0 * * * *' }, /'\*\/0' is not a valid minute/],
  ['job', { schedule: '1,,2 * * * *' }, /'1,,2' is not a valid minute/],
  ['job', { schedule: '1-2-3 * * * *' }, /'1-2-3' is not a valid minute/],
])('%j with %j is refused when the task is made', async (name, options, reason) => {
  expect(await refusal(() => cron(name, { command: 'a', ...options }))).toMatch(reason)
})
