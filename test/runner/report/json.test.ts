import { expect, it, vi } from 'vitest'
import { jsonReporter } from '../../../runner/report/json.ts'
import { sampleRun } from './sample-run.ts'

async function report(verbose: boolean): Promise<string> {
  let text = ''
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 2), toFake: ['Date'] })
  const reporter = jsonReporter({ sink: (piece) => (text += piece), verbose })
  for (const event of sampleRun()) reporter.on(event)
  await reporter.end()
  vi.useRealTimers()
  return text.replaceAll('"v":1,"at":"2026-01-02T00:00:00.000Z",', '')
}

it('a run is a line of JSON for each event', async () => {
  expect(await report(false)).toMatchInlineSnapshot(`
    "{"type":"run-start","playbook":"Deploy & more","hosts":["web-1","web-2","web-3","web-4"],"check":false,"diff":false}
    {"type":"host-start","host":"web-1"}
    {"type":"host-start","host":"web-2"}
    {"type":"host-start","host":"web-3"}
    {"type":"host-connected","host":"web-1","ms":20.1}
    {"type":"task-start","host":"web-1","task":"file","phase":"run"}
    {"type":"task-progress","host":"web-1","task":"file","text":"3 of 4 MB","values":{"bytes":3000000}}
    {"type":"task-end","host":"web-1","task":"file","status":"changed","ms":1200,"change":{"summary":"mode","diff":["@@ -1,2 +1,2 @@"," a","-b","+c"]}}
    {"type":"task-end","host":"web-1","task":"service","status":"ok","ms":10}
    {"type":"task-end","host":"web-1","task":"later","status":"unknown","ms":10,"error":["there is no user app"]}
    {"type":"task-end","host":"web-2","task":"file","status":"changed","ms":800,"change":{"summary":"mode","diff":["@@ -1,2 +1,2 @@"," a","-b","+c"]}}
    {"type":"task-retry","host":"web-2","task":"start","left":2,"error":["not yet"]}
    {"type":"task-end","host":"web-2","task":"start","status":"failed","ms":300,"error":["web-2: start: apply failed","Look at it, 100 %.","docker start x ended with 1","  no such <container> \\"x\\"\\u0001"]}
    {"type":"task-start","host":"web-2","task":"file","phase":"undo"}
    {"type":"task-end","host":"web-2","task":"file","status":"undone","ms":300}
    {"type":"task-end","host":"web-2","task":"older","status":"undo-failed","ms":300,"error":["busy"]}
    {"type":"note","host":"web-1","text":"a word"}
    {"type":"host-end","host":"web-1","status":"done"}
    {"type":"host-end","host":"web-2","status":"failed","error":["web-2: start: apply failed","Look at it, 100 %.","docker start x ended with 1","  no such <container> \\"x\\"\\u0001"],"task":"start"}
    {"type":"host-end","host":"web-3","status":"unreachable","error":["web-3: no answer","Ping it."]}
    {"type":"host-end","host":"web-4","status":"skipped","error":["web-4: web-3 failed"]}
    {"type":"note","text":"a word for all"}
    {"type":"run-end","recap":{"web-1":{"ok":1,"changed":1,"failed":0,"skipped":0,"unreachable":0,"ms":1500},"web-2":{"ok":1,"changed":1,"failed":1,"skipped":0,"unreachable":0,"ms":1500},"web-3":{"ok":1,"changed":0,"failed":0,"skipped":0,"unreachable":1,"ms":125000},"web-4":{"ok":1,"changed":0,"failed":0,"skipped":1,"unreachable":0,"ms":1500}},"ms":2000,"failures":[{"host":"web-2","task":"start","error":["web-2: start: apply failed","Look at it, 100 %.","docker start x ended with 1","  no such <container> \\"x\\"\\u0001"],"hints":["Look at it, 100 %."]},{"host":"web-3","error":["web-3: no answer","Ping it."],"hints":["Ping it."]}]}
    "
  `)
})

it('with --verbose the output of commands is there too', async () => {
  expect((await report(true)).split('\n').filter((line) => line.includes('task-output'))).toEqual([
    '{"type":"task-output","host":"web-1","task":"file","line":"helper"}',
    '{"type":"task-output","host":"web-1","task":"file","line":"10 %","live":true}',
  ])
})
