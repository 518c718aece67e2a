import { describe, expect, it } from 'vitest'
import { pendingHandlers } from '../../../runner/task/pending-handlers.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { switchTask } from './fake-runtime.ts'

const restart = switchTask('restart')
const odd = switchTask('a/b $(c)')
/** The first 32 characters of the SHA-256 of `restart`. */
const note = '3ace60b0a0c1b6c9345e31494142947a'

describe('notes of pending handlers', () => {
  it('are found by their names, with one command', async () => {
    const host = new ScriptedHost(() => `${note}\nother\n`)
    expect(await pendingHandlers.among(host.host, [odd, restart])).toEqual([restart])
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "sh -c 'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=\${XDG_STATE_HOME:-$d}/cutover/owed; ls -A "$d" 2>/dev/null || :'",
      ]
    `)
  })

  it('are not looked for without handlers', async () => {
    const host = new ScriptedHost()
    expect(await pendingHandlers.among(host.host, [])).toEqual([])
    expect(host.commands).toEqual([])
  })

  it('are none on a host without the folder', async () => {
    expect(await pendingHandlers.among(new ScriptedHost(() => '').host, [restart])).toEqual([])
  })

  it('are written, each in a file of its own', async () => {
    const host = new ScriptedHost(() => '')
    await pendingHandlers.note(host.host, [restart, odd])
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "sh -euc 'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=\${XDG_STATE_HOME:-$d}/cutover/owed; mkdir -p "$d"; printf '\\''%s\\n'\\'' "$1" >"$d/$2"' sh restart 3ace60b0a0c1b6c9345e31494142947a",
        "sh -euc 'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=\${XDG_STATE_HOME:-$d}/cutover/owed; mkdir -p "$d"; printf '\\''%s\\n'\\'' "$1" >"$d/$2"' sh 'a/b $(c)' 4efe4e5124e416b6a31e0f9b42a0b4f4",
      ]
    `)
  })

  it('are removed', async () => {
    const host = new ScriptedHost(() => '')
    await pendingHandlers.settle(host.host, restart)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "sh -euc 'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=\${XDG_STATE_HOME:-$d}/cutover/owed; rm -f "$d/$1"' sh 3ace60b0a0c1b6c9345e31494142947a",
      ]
    `)
  })
})
