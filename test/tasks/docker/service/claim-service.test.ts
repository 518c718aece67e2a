import { expect, it } from 'vitest'
import { UnsafeError } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { claimService } from '../../../../tasks/docker/service/claim-service.ts'
import { container, inspected, isInspect, service } from '../containers.ts'

const grep = "grep -L 'Written by Cutover' -- /opt/traefik/compose.yaml /opt/traefik/traefik.yaml 2>/dev/null"
const claim = claimService(service, '/opt/traefik/traefik.yaml')
const host = (files: string, containers: string) =>
  new ScriptedHost((command) =>
    isInspect(command) ? containers : command === grep ? { stdout: files, code: 1 } : undefined,
  )
const refusal = (files: string, containers = ''): Promise<unknown> =>
  claim.check(host(files, containers).host).catch((error: UnsafeError) => [error.name, error.message, error.hint])

it.each([
  ['nothing is there', ''],
  ['a container of ours is there', inspected(container())],
])('a claim changes nothing: %s', async (_, containers) => {
  expect(await refusal('', containers)).toBeNull()
  const scripted = host('', containers)
  await claim.apply(scripted.host, { summary: '' })
  expect(scripted.commands).toEqual([])
  expect(claim.name).toBe('claim traefik')
})

it('a file of somebody else is refused', async () => {
  expect(await refusal('/opt/traefik/traefik.yaml\n/opt/traefik/other\n')).toEqual([
    'UnsafeError',
    "/opt/traefik/traefik.yaml is not Cutover's: it has no line 'Written by Cutover'",
    'It is left as it is, and nothing was changed. Move what is in /opt/traefik elsewhere, and run this again.',
  ])
})

it('a container of somebody else is refused', async () => {
  const foreign = container()
  foreign.Config.Labels = {}
  expect(await refusal('', inspected(foreign))).toEqual([
    'UnsafeError',
    "the container traefik is not Cutover's: it has no label of that name",
    `It is left as it is, and nothing was changed. See whose it is: docker ps -a --no-trunc --filter name=^/traefik$
If it stays, give it another name (docker rename traefik OTHER-NAME); if it may go, remove it (docker rm -f traefik).
Then run this again.`,
  ])
})
