import { describe, expect, it } from 'vitest'
import type { CutoverError } from '../../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../../runner/task/scripted-host.ts'
import { type Daemon, daemonFact } from '../../../../tasks/docker/engine/daemon-fact.ts'
import { liveRestore } from '../../../../tasks/docker/engine/live-restore.ts'

const path = '/etc/docker/daemon.json'
const usual: Daemon = {
  unit: true,
  running: ['-H', '--containerd=/run/containerd/containerd.sock', '--config-file=/etc/docker/daemon.json'],
  flags: ['-H'],
  live: false,
  swarm: false,
  path,
  file: { mode: '640', owner: '0:0', text: '{}' },
}
const wantedText = '{\n  "live-restore": true\n}\n'
const validate =
  'dockerd --containerd=/run/containerd/containerd.sock --validate --config-file /etc/docker/daemon.json.cutover 2>&1'
const isReload = (command: string): boolean => command.startsWith('systemctl is-active -q docker || exit 0')

/** What a check and an apply do on a host; `more` are outputs of its commands. */
async function ran(daemon: Partial<Daemon>, { validated = '', reloaded = '' }: Record<string, ScriptedOutput> = {}) {
  const state = { ...usual, ...daemon }
  const host = new ScriptedHost((command) => (command === validate ? validated : isReload(command) ? reloaded : ''), {
    files: state.file ? { [path]: { content: state.file.text, mode: state.file.mode, owner: state.file.owner } } : {},
    facts: [[daemonFact as never, state]],
  })
  const task = liveRestore(undefined, () => undefined)
  const change = await task.check(host.host)
  const error =
    change && (await task.apply(host.host, change).catch((cause: CutoverError) => [cause.message, cause.hint]))
  return {
    change: change && [change.summary, change.before, change.after],
    error: error ?? null,
    commands: host.commands.map((command) => (isReload(command) ? 'reload' : command)),
    text: host.files.get(path)?.content,
  }
}

describe('live-restore', () => {
  const written = [
    'mkdir -p -- /etc/docker',
    'write /etc/docker/daemon.json.cutover 640 root:root',
    validate,
    'rm -f -- /etc/docker/daemon.json.cutover',
  ]
  const change = ['on, in /etc/docker/daemon.json', '{}', wantedText]

  it('is validated, written and reloaded', async () => {
    expect(await ran({})).toEqual({
      change,
      error: null,
      commands: [...written, 'write /etc/docker/daemon.json 640 root:root', 'reload'],
      text: wantedText,
    })
  })

  it('is written where there was no file, for root', async () => {
    expect(await ran({ file: undefined })).toMatchObject({
      change: ['on, in /etc/docker/daemon.json', '', wantedText],
      commands: [
        'mkdir -p -- /etc/docker',
        'write /etc/docker/daemon.json.cutover 644 root:root',
        validate,
        'rm -f -- /etc/docker/daemon.json.cutover',
        'write /etc/docker/daemon.json 644 root:root',
        'reload',
      ],
    })
  })

  it('is only reloaded where the file has it', async () => {
    expect(await ran({ file: { mode: '644', owner: '0:0', text: wantedText } })).toMatchObject({
      change: ['reload', undefined, undefined],
      error: null,
      commands: ['reload'],
    })
  })

  it('is not written where dockerd finds the file not valid', async () => {
    const output = { stdout: 'unable to configure with file /etc/docker/daemon.json.cutover: no-such-key\n', code: 1 }
    expect(await ran({}, { validated: output })).toEqual({
      change,
      error: [
        'dockerd does not take /etc/docker/daemon.json with live-restore in it',
        'Nothing was changed. It says:\n  unable to configure with file /etc/docker/daemon.json: no-such-key',
      ],
      commands: written,
      text: '{}',
    })
  })

  it('is written without validation by a Docker that cannot validate', async () => {
    const output = { stderr: 'unknown flag: --validate\nSee dockerd --help', code: 125 }
    expect((await ran({}, { validated: output })).text).toBe(wantedText)
  })

  const log = { reloaded: 'it has not\nline 1\nline 2\n' }
  it('is put back where dockerd does not take it', async () => {
    expect(await ran({}, log)).toEqual({
      change,
      error: [
        'dockerd did not take live-restore from /etc/docker/daemon.json',
        'The file is as it was before. What dockerd says (journalctl -u docker):\nline 1\nline 2',
      ],
      commands: [
        ...written,
        'write /etc/docker/daemon.json 640 root:root',
        'reload',
        'write /etc/docker/daemon.json 640 root:root',
        'systemctl reload docker',
      ],
      text: '{}',
    })
  })

  it('is taken away again where there was no file', async () => {
    expect((await ran({ file: undefined }, log)).commands.slice(-2)).toEqual([
      'rm -f -- /etc/docker/daemon.json',
      'systemctl reload docker',
    ])
  })

  it('that a reload does not bring leaves the file as it is', async () => {
    expect(await ran({ file: { mode: '644', owner: '0:0', text: wantedText } }, log)).toMatchObject({
      error: [
        'dockerd did not take live-restore from /etc/docker/daemon.json',
        'What dockerd says (journalctl -u docker):\nline 1\nline 2',
      ],
      commands: ['reload'],
    })
  })

  it('that is left off is told once, and nothing is changed', async () => {
    const notes: string[] = []
    const task = liveRestore(undefined, (note) => notes.push(note))
    const swarm = new ScriptedHost({}, { facts: [[daemonFact as never, { ...usual, swarm: true }]] })
    expect([await task.check(swarm.host), await task.check(swarm.host)]).toEqual([null, null])
    expect(notes).toEqual([
      'live-restore is left off: Docker refuses it on a node of a swarm; when dockerd ends, every container on this host ends with it',
    ])
  })

  it('that is on already needs nothing', async () => {
    expect((await ran({ live: true, file: { mode: '644', owner: '0:0', text: wantedText } })).change).toBeNull()
    expect(liveRestore(true, () => undefined).name).toBe('docker: live-restore')
  })
})
