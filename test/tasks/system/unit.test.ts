import { describe, expect, it } from 'vitest'
import { explain, MissingError } from '../../../runner/errors.ts'
import { type Script, ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { unit, type UnitOptions } from '../../../tasks/system/unit.ts'
import { inactive, show, unitOf } from './unit-commands.ts'

const content = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n'
const path = '/etc/systemd/system/a.service'
const notFound = { LoadState: 'not-found', UnitFileState: '', ...inactive }
const find = (paths: string): string => `find -L ${paths} -type f -printf '%T@\\n' 2>/dev/null`
const at = (seconds: number): string => `${Date.parse('2026-11-27T10:00:00Z') / 1000 + seconds}0\n`

describe('what a host shows and the change', () => {
  it.each<[string, UnitOptions, Record<string, string>, { file?: string; script?: Script }, object | null]>([
    ['nothing is named', {}, inactive, {}, null],
    [
      'no such unit, and there is to be one',
      { content, running: true, enabled: true },
      notFound,
      {},
      { summary: 'new, enable, inactive → active', before: '', after: content, previous: { content: null } },
    ],
    [
      'another content of a unit that runs',
      { content },
      {},
      { file: '[Service]\n' },
      { summary: 'content, restart', before: '[Service]\n', after: content, previous: { content: '[Service]\n' } },
    ],
    ['another content of a unit that does not run', { content }, inactive, { file: 'x' }, { summary: 'content' }],
    [
      'the content, since before it was started',
      { content },
      {},
      { file: content, script: { [find(path)]: at(0.4) } },
      null,
    ],
    [
      'the content, which systemd has not read',
      { content },
      { NeedDaemonReload: 'yes' },
      { file: content, script: { [find(path)]: at(0.6) } },
      { summary: 'daemon-reload, restart' },
    ],
    [
      'files that are older',
      { restartOn: ['/etc/a', '/etc/b'] },
      {},
      { script: { [find('/etc/a /etc/b')]: `${at(0.1)}${at(0.2)}` } },
      null,
    ],
    [
      'one that is newer',
      { restartOn: ['/etc/a'], running: true },
      {},
      { script: { [find('/etc/a')]: `${at(0.6)}${at(0.2)}` } },
      { summary: 'restart' },
    ],
    ['files of a unit that does not run', { restartOn: ['/etc/a'] }, inactive, {}, null],
    ['a unit that is to be masked', { masked: true }, {}, {}, { summary: 'mask' }],
    ['no such unit, and none is to be', { masked: true }, notFound, {}, { summary: 'mask' }],
    ['a masked unit', { masked: true }, { LoadState: 'masked', UnitFileState: 'masked', ...inactive }, {}, null],
    [
      'a masked unit that is to run',
      { masked: false, running: true },
      { LoadState: 'masked', UnitFileState: 'masked', ...inactive },
      {},
      { summary: 'unmask, inactive → active' },
    ],
  ])('%s', async (_, options, properties, { file, script }, change) => {
    const host = new ScriptedHost(
      { [show('a.service')]: unitOf(properties), ...script },
      { files: file === undefined ? {} : { [path]: file } },
    )
    const found = await unit('a', options).check(host.host)
    if (change === null) expect(found).toBeNull()
    else expect(found).toMatchObject(change)
  })

  it('a template is a file, and no unit', async () => {
    const template = unit('a@.service', { content })
    const file = '/etc/systemd/system/a@.service'
    expect((await template.check(new ScriptedHost().host))?.summary).toBe('new')
    expect(await template.check(new ScriptedHost({}, { files: { [file]: content } }).host)).toBeNull()
    const host = new ScriptedHost(() => '')
    await template.apply(host.host, { summary: '' })
    expect(host.commands).toEqual([`write ${file} 644 root:root`, 'systemctl daemon-reload'])
  })
})

it.each<[string, UnitOptions, Record<string, string>, Script, string]>([
  ['is not there', { running: true }, notFound, {}, 'there is no unit a.service'],
  ['is masked', { running: true }, { LoadState: 'masked', UnitFileState: 'masked' }, {}, 'a.service is masked'],
  [
    'is masked, and gets a content',
    { content },
    { LoadState: 'masked', UnitFileState: 'masked' },
    {},
    'a.service is masked',
  ],
  ['has its own file in the place of the mask', { masked: true }, {}, {}, `where the mask would be, ${path}`],
  [
    'reads a file that is not there',
    { restartOn: ['/etc/a'] },
    {},
    { [find('/etc/a')]: { code: 1 } },
    'not all of these are there: /etc/a',
  ],
])('the check of a unit that %s fails', async (_, options, properties, script, message) => {
  const host = new ScriptedHost({ [show('a.service')]: unitOf(properties), ...script }, { files: { [path]: 'x' } })
  const checked = Promise.resolve(unit('a', options).check(host.host))
  await expect(checked).rejects.toThrow(message)
  if (/^there is no|^not all/.test(message)) await expect(checked).rejects.toBeInstanceOf(MissingError)
})

describe('the change and the commands', () => {
  /** Applies a unit to a host whose systemd says these things one after the other, the last one from then on. */
  async function applied(
    options: UnitOptions,
    states: Record<string, string>[],
    outputs: Record<string, ScriptedOutput> = {},
  ) {
    const remaining = [...states]
    const host = new ScriptedHost((command) => {
      if (command !== show('a.service')) return outputs[command] ?? ''
      const state = remaining.length > 1 ? remaining.shift() : remaining[0]
      return unitOf(state)
    })
    const error = await unit('a', options)
      .apply(host.host, { summary: '' })
      .then(
        () => null,
        (thrown: unknown) => explain(thrown).join('\n'),
      )
    return { commands: host.commands.filter((command) => command !== show('a.service')), error }
  }
  const disabled = { UnitFileState: 'disabled', ...inactive }

  it('a new one is written, read, enabled and started', async () => {
    expect(await applied({ content, running: true, enabled: true }, [notFound, disabled, disabled, {}])).toEqual({
      commands: [
        `write ${path} 644 root:root`,
        'systemctl daemon-reload',
        'systemctl enable -- a.service',
        'systemctl start -- a.service',
      ],
      error: null,
    })
  })

  it('one that runs is restarted after it was read again', async () => {
    expect((await applied({ content }, [{}])).commands).toEqual([
      `write ${path} 644 root:root`,
      'systemctl daemon-reload',
      'systemctl restart -- a.service',
    ])
    expect(
      (await applied({ running: true }, [{ ...inactive, NeedDaemonReload: 'yes' }, inactive, inactive, {}])).commands,
    ).toEqual(['systemctl daemon-reload', 'systemctl start -- a.service'])
  })

  it('it is stopped, disabled, masked and unmasked', async () => {
    expect((await applied({ running: false, enabled: false }, [{}])).commands).toEqual([
      'systemctl disable -- a.service',
      'systemctl stop -- a.service',
    ])
    expect((await applied({ running: false, masked: true }, [{}])).commands).toEqual([
      'systemctl stop -- a.service',
      'systemctl mask -- a.service',
    ])
    const masked = { LoadState: 'masked', UnitFileState: 'masked', ...inactive }
    expect((await applied({ running: true, masked: false }, [masked, inactive, inactive, {}])).commands).toEqual([
      'systemctl unmask -- a.service',
      'systemctl start -- a.service',
    ])
  })

  const status = 'systemctl status --no-pager --full --lines=20 -- a.service'
  const says = { [status]: { stdout: 'a.service: it is broken\n', code: 3 } }

  it('what fails is explained by what systemd says', async () => {
    const start = 'systemctl start -- a.service'
    const refused = await applied({ running: true }, [inactive], { ...says, [start]: { code: 1 } })
    expect(refused.error).toMatch(/^a.service did not start\n[^]*a.service: it is broken/)
    const failed = await applied({ running: true }, [inactive, inactive, inactive, { ActiveState: 'failed' }], says)
    expect(failed.error).toBe('a.service was started, and has failed\na.service: it is broken')
    const unmet = await applied({ running: true }, [inactive])
    expect(unmet.error).toBe(
      'a.service was started, and is inactive: it has ended, or one of its conditions says no\nOn the host: systemctl status a.service',
    )
    const invalid = await applied({ content }, [notFound, { ...inactive, LoadState: 'bad-setting' }])
    expect(invalid.error).toMatch(/^\/etc\/systemd\/system\/a.service is not valid \(bad-setting\)/)
  })

  it('undo puts back what was there', async () => {
    const undone = async (options: UnitOptions, previous: object): Promise<string[]> => {
      const host = new ScriptedHost(() => '')
      const was = { active: 'inactive', enabled: 'disabled', load: 'loaded', content: null, ...previous }
      await unit('a', options).undo?.(host.host, { summary: '', previous: was } as { summary: string })
      return host.commands
    }
    expect(await undone({ content, running: true, enabled: true }, {})).toEqual([
      'systemctl stop -- a.service',
      'systemctl disable -- a.service',
      `rm -f -- ${path}`,
      'systemctl daemon-reload',
    ])
    const ran = { active: 'active', enabled: 'enabled' }
    expect(await undone({ content, running: true }, { ...ran, content: 'x' })).toEqual([
      `write ${path} 644 root:root`,
      'systemctl daemon-reload',
      'systemctl restart -- a.service',
    ])
    expect(await undone({ running: false, enabled: false }, ran)).toEqual([
      'systemctl enable -- a.service',
      'systemctl restart -- a.service',
    ])
    expect(await undone({ masked: true }, {})).toEqual(['systemctl unmask -- a.service'])
    expect(await undone({ masked: false }, { load: 'masked' })).toEqual(['systemctl mask -- a.service'])
  })
})

it.each<[string, UnitOptions, string]>([
  ['a b', {}, "'a b' is not a valid name of a unit"],
  ['-a', {}, "'-a' is not a valid name of a unit"],
  ['../a', {}, "'../a' is not a valid name of a unit"],
  ['a@.service', { content, enabled: true }, 'a template is neither started nor enabled'],
  ['a', { masked: true, running: true }, 'nothing can start a unit that is masked'],
  ['a', { masked: true, content }, 'nothing can start a unit that is masked'],
  ['a', { running: false, restartOn: ['/etc/a'] }, 'a unit that does not run is not restarted'],
  ['a', { content: 'ExecStart=/bin/true' }, 'its content has no section'],
  ['a', { content: '[Service]\nExecStart=/bin/true\n', enabled: true }, 'no section [Install]'],
  ['a', { restartOn: ['etc/a'] }, 'restartOn: etc/a is not absolute'],
])('%s with %j is refused', (name, options, message) => {
  expect(() => unit(name, options)).toThrow(message)
})

it('its type is that of its name, or a service', () => {
  expect(unit('backup.timer', {}).name).toBe('unit backup.timer')
  expect(unit('nginx', { tags: ['web'] })).toMatchObject({ name: 'unit nginx', tags: ['web'] })
})

const on = { running: true, enabled: true }
const cron = show('cron.service')
const oneshot = { Type: 'oneshot', ...inactive }

it.each<[string, Record<string, string>, string | null]>([
  ['runs and is enabled', {}, null],
  ['has ended', inactive, 'inactive → active'],
  ['is disabled', { UnitFileState: 'disabled' }, 'disabled → enabled'],
  ['is both', { ...inactive, UnitFileState: 'disabled' }, 'disabled → enabled, inactive → active'],
  ['has failed', { ActiveState: 'failed' }, 'failed → active'],
  ['is enabled until the next boot', { UnitFileState: 'enabled-runtime' }, 'enabled-runtime → enabled'],
  ['is static, and runs', { UnitFileState: 'static' }, null],
  ['is static, and does not run', { UnitFileState: 'static', ...inactive }, 'inactive → active'],
  ['reloads', { ActiveState: 'reloading' }, null],
  ['tries again and again to start', { ActiveState: 'activating' }, 'activating → active'],
  ['did its one thing at the boot', { ...oneshot, ExecMainStartTimestamp: 'Fri 2026-11-27 10:00:00 UTC' }, null],
  ['does its one thing now', { ...oneshot, ActiveState: 'activating' }, null],
  ['did not do its one thing at the boot', oneshot, 'inactive → active'],
  ['failed to do its one thing', { ...oneshot, ActiveState: 'failed' }, 'failed → active'],
  ['does its one thing when a timer says so', { ...oneshot, UnitFileState: 'static', WantedBy: '' }, null],
  [
    'is to do its one thing at the boot',
    { ...oneshot, UnitFileState: 'disabled', WantedBy: '' },
    'disabled → enabled, inactive → active',
  ],
  ['did its one thing and counts as active', { Type: 'oneshot', RemainAfterExit: 'yes' }, null],
])('a service that %s, and is to run and be enabled', async (_, properties, summary) => {
  const host = new ScriptedHost({ [cron]: unitOf(properties) })
  expect((await unit('cron', on).check(host.host))?.summary ?? null).toBe(summary)
})

it.each<[string, string, string]>([
  [
    'does not exist',
    unitOf({ LoadState: 'not-found', UnitFileState: '', ...inactive }),
    'there is no unit cron.service',
  ],
  ['is on a host without systemd', '', 'systemd does not run on this host'],
])('a service that %s is missing', async (_, stdout, message) => {
  for (const options of [on, { running: false, enabled: false }]) {
    const checked = Promise.resolve(unit('cron', options).check(new ScriptedHost({ [cron]: { stdout, code: 1 } }).host))
    // The exit status counts only without output.
    await expect(checked).rejects.toBeInstanceOf(MissingError)
    await expect(checked).rejects.toThrow(message)
  }
})

it('a service may be stopped, or only started', async () => {
  const summary = async (options: UnitOptions, properties = {}): Promise<string | undefined> =>
    (await unit('cron', options).check(new ScriptedHost({ [cron]: unitOf(properties) }).host))?.summary
  expect(await summary({ running: false, enabled: false })).toBe('enabled → disabled, active → inactive')
  expect(await summary({ running: false })).toBe('active → inactive')
  expect(await summary({ running: false, enabled: false }, { ...inactive, UnitFileState: 'static' })).toBeUndefined()
})
