import { afterEach, expect, it } from 'vitest'
import { commandLine, startedAs } from '../../runner/command-line.ts'

afterEach(() => startedAs({ kind: 'repository' }))

it.each<[Parameters<typeof startedAs>[0], [string, ...string[]], string]>([
  [{ kind: 'repository' }, ['deploy'], 'npx tsx playbooks/deploy.ts'],
  [{ kind: 'repository' }, ['deploy', '--tag', 'v1'], 'npx tsx playbooks/deploy.ts --tag v1'],
  [{ kind: 'repository' }, ['secrets', 'keygen'], 'npx tsx tools/secrets.ts keygen'],
  [{ kind: 'repository' }, ['new'], 'npx tsx tools/new.ts'],
  [{ kind: 'repository' }, ['schema'], 'npx tsx tools/schema.ts'],
  [{ kind: 'repository' }, ['init'], 'npx tsx tools/init.ts'],
  [{ kind: 'command' }, ['deploy', '--tag', 'v1'], 'cutover deploy --tag v1'],
  [{ kind: 'command' }, ['secrets', 'keygen'], 'cutover secrets keygen'],
  [{ kind: 'host', app: 'shop' }, ['deploy', '--tag', 'v1'], '/opt/shop/deploy --tag v1'],
  [{ kind: 'host', app: 'shop' }, ['setup'], 'cutover setup, on your machine'],
])('a program that was started as %j names commands so: %j', (way, [command, ...args], expected) => {
  startedAs(way)
  expect(commandLine(command, ...args)).toBe(expected)
})

it('a program of which nothing is known was started from the repository', () => {
  expect(commandLine('deploy')).toBe('npx tsx playbooks/deploy.ts')
})
