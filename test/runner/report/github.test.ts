import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { MaskedEvent } from '../../../runner/events.ts'
import { githubReporter } from '../../../runner/report/github.ts'
import { sampleRun, visible } from './sample-run.ts'

async function report(events: readonly MaskedEvent[], summaryFile?: string): Promise<string> {
  let text = ''
  const reporter = githubReporter({
    sink: (piece) => (text += piece),
    paint: visible,
    verbose: false,
    diff: false,
    profile: false,
    summaryFile,
  })
  for (const event of events) reporter.on(event)
  await reporter.end()
  return text
}

it('a run has a folded group for each host, and an annotation for each failure', async () => {
  expect(await report(sampleRun())).toMatchInlineSnapshot(`
    "<bold>Deploy & more</>
    ::group::web-1 done
    web-1  <yellow>changed</>  file: mode <dim>(1.2 s)</>
    web-1  <cyan>unknown</>  later <dim>(0.0 s)</>
        there is no user app
    web-1  a word
    ::endgroup::
    ::group::web-2 failed
    web-2  <yellow>changed</>  file: mode <dim>(0.8 s)</>
    web-2  <yellow>again  </>  start: not yet <dim>(2 left)</>
    web-2  <red>failed </>  start <dim>(0.3 s)</>
        web-2: start: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"
    web-2  <cyan>undone </>  file <dim>(0.3 s)</>
    web-2  <red>undo-failed</>  older <dim>(0.3 s)</>
        busy
    ::endgroup::
    ::error title=web-2%3A start::web-2: start: apply failed%0ALook at it, 100 %25.%0Adocker start x ended with 1%0A  no such <container> "x"
    ::group::web-3 unreachable
    web-3  <red>unreachable</>
        web-3: no answer
        Ping it.
    ::endgroup::
    ::error title=web-3::web-3: no answer%0APing it.
    ::group::web-4 skipped
    web-4  <red>skipped</>
        web-4: web-3 failed
    ::endgroup::
    a word for all

    <red>✗ web-2</> <bold>start</>: apply failed
        Look at it, 100 %.
        docker start x ended with 1
          no such <container> "x"

    <red>✗ web-3</>: no answer
        Ping it.

    <yellow>web-1</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <red>web-2</>  ok=1   changed=1   failed=1   skipped=0   unreachable=0   1.5 s
    <red>web-3</>  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    <green>web-4</>  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    2 of 4 hosts failed, 2.0 s
    "
  `)
})

it('a check says so in its title and in its groups', async () => {
  expect(await report(sampleRun({ check: true }))).toMatchInlineSnapshot(`
    "<bold>Deploy & more</> (check: nothing will be changed)
    ::group::web-1 done
    web-1  <yellow>would change</>  file: mode <dim>(1.2 s)</>
    web-1  <cyan>unknown</>  later <dim>(0.0 s)</>
        there is no user app
    web-1  a word
    ::endgroup::
    ::group::web-2 done
    web-2  <yellow>would change</>  file: mode <dim>(0.8 s)</>
    ::endgroup::
    ::group::web-3 unreachable
    web-3  <red>unreachable</>
        web-3: no answer
        Ping it.
    ::endgroup::
    ::error title=web-3::web-3: no answer%0APing it.
    ::group::web-4 skipped
    web-4  <red>skipped</>
        web-4: web-3 failed
    ::endgroup::
    a word for all

    <bold>Plan for web-1: 1 to change, 1 not known before that</>
      <yellow>~</> file: mode
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>
      <cyan>?</> later: there is no user app

    <bold>Plan for web-2: 1 to change</>
      <yellow>~</> file: mode
        <cyan>@@ -1,2 +1,2 @@</>
         a
        <red>-b</>
        <green>+c</>

    <red>✗ web-3</>: no answer
        Ping it.

    <yellow>web-1</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <yellow>web-2</>  ok=1   changed=1   failed=0   skipped=0   unreachable=0   1.5 s
    <red>web-3</>  ok=1   changed=0   failed=0   skipped=0   unreachable=1   2 min 05 s
    <green>web-4</>  ok=1   changed=0   failed=0   skipped=1   unreachable=0   1.5 s
    1 of 4 hosts failed, 2.0 s
    "
  `)
})

it('the summary of the job is a table of the hosts, and the failures', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'summary.md')
  await report(sampleRun(), file)
  expect(readFileSync(file, 'utf8')).toMatchInlineSnapshot(`
    "
    | host | ok | changed | failed | skipped | unreachable | time |
    |---|---|---|---|---|---|---|
    | web-1 | 1 | 1 | 0 | 0 | 0 | 1.5 s |
    | web-2 | 1 | 1 | 1 | 0 | 0 | 1.5 s |
    | web-3 | 1 | 0 | 0 | 0 | 1 | 2 min 05 s |
    | web-4 | 1 | 0 | 0 | 1 | 0 | 1.5 s |

    - **web-2** start: web-2: start: apply failed
    - **web-3**: web-3: no answer

    2.0 s
    "
  `)
})

it('a text that looks like a workflow command is written so that GitHub does not run it', async () => {
  const text = await report([
    { type: 'run-start', playbook: '::x', hosts: ['a'], check: false, diff: false },
    { type: 'note', text: '::stop-commands::x' },
    { type: 'note', host: 'a', text: 'one\n   ::set-output name=a::b ##[error]c' },
    { type: 'host-end', host: 'a', status: 'failed', error: ['50 %: a,\r', 'b'], task: 'x, y: z' },
  ])
  expect(text).toBe(
    '<bold>::x</>\n: :stop-commands::x\n' +
      '::group::a failed\na  one\n   : :set-output name=a::b ## [error]c\n::endgroup::\n' +
      '::error title=a%3A x%2C y%3A z::50 %25: a,%0D%0Ab\n',
  )
})
