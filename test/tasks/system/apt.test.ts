import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { action } from '../../../runner/task/action.ts'
import { apt } from '../../../tasks/system/apt.ts'
import { dpkgQuery, freshness, policy, policyOf } from './apt-commands.ts'

const query = dpkgQuery('curl ufw')

it('what is missing is named in the change, and nothing is to be done where all is installed', async () => {
  const some = new ScriptedHost({
    [query]: { stdout: 'curl amd64 installed install 8.1\n', code: 1 },
    [policy('ufw')]: policyOf({ ufw: [null, '0.36'] }),
  })
  expect(await apt(['curl', 'ufw']).check(some.host)).toMatchObject({ summary: 'install ufw', install: ['ufw'] })
  const none = new ScriptedHost({ [query]: { code: 1 }, [policy('curl ufw')]: '', [freshness]: { code: 1 } })
  expect((await apt(['curl', 'ufw']).check(none.host))?.summary).toBe('install curl ufw')
  const all = new ScriptedHost({
    [query]: 'curl amd64 installed install 8.1\nufw all installed install 0.36\n',
  })
  expect(await apt(['curl', 'ufw']).check(all.host)).toBeNull()
  expect(apt(['curl', 'ufw']).name).toBe('packages curl ufw')
})

it('it takes what every task takes', () => {
  const restart = action('restart', async () => undefined)
  expect(apt(['curl'], { notify: [restart], tags: ['base'] })).toMatchObject({ notify: [restart], tags: ['base'] })
})
