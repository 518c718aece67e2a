import { expect, it } from 'vitest'
import { CommandError, explain } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { startService } from '../../../../tasks/docker/service/start-service.ts'
import { service } from '../containers.ts'

const up =
  'env COMPOSE_IGNORE_ORPHANS=true docker compose --project-name cutover-traefik --project-directory /opt/traefik --file /opt/traefik/compose.yaml up --detach --quiet-pull'
const starting = (stderr: string): Promise<unknown> =>
  startService(new ScriptedHost({ [up]: { stderr, code: 1 } }).host, service).catch((error: unknown) => explain(error))
const failed = 'traefik (project cutover-traefik) could not be started'

it('compose starts a service, whatever else the project has', async () => {
  const host = new ScriptedHost({ [up]: '' })
  await startService(host.host, service)
  expect(host.commands).toEqual([up])
})

it.each([
  [
    'Error: listen tcp4 0.0.0.0:80: bind: address already in use',
    'Something on the host listens on 0.0.0.0:80 already: ss -ltnp; docker ps',
  ],
  [
    'Bind for 0.0.0.0:443 failed: port is already allocated',
    'Something on the host listens on 0.0.0.0:443 already: ss -ltnp; docker ps',
  ],
  [
    '2026-11-27T12:20:31Z ERR error="error while building entryPoint: listen tcp :443: bind: address already in use"',
    'Something on the host listens on :443 already: ss -ltnp; docker ps',
  ],
  ['no such image', 'What compose was told is in /opt/traefik/compose.yaml.'],
])('a start that fails with %j says what to do', async (stderr, hint) => {
  const lines = (await starting(stderr)) as string[]
  expect([lines[0], lines[1]]).toEqual([failed, hint])
  expect(lines.at(-1)).toBe(`  ${stderr}`)
})

it('an error of another kind is passed on', async () => {
  const host = new ScriptedHost()
  const error = await startService(host.host, service).catch((cause: unknown) => cause)
  expect(error).not.toBeInstanceOf(CommandError)
  expect(String(error)).toContain('does not know the command')
})
