import { describe, expect, it } from 'vitest'
import { explain } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import type { Container } from '../../../../tasks/docker/inspect.ts'
import { replaceContainer, settleReplacement } from '../../../../tasks/docker/service/replace.ts'
import { container, inspected, isInspect, service, shortened } from '../containers.ts'

/** A host whose containers each look shows in turn; the last ones stay. */
function hostWith(...looks: readonly (readonly (Container | undefined)[])[]): ScriptedHost {
  const remaining = [...looks]
  return new ScriptedHost((command) =>
    isInspect(command) ? inspected(...((remaining.length > 1 ? remaining.shift() : remaining[0]) ?? [])) : '',
  )
}
const old = container({ id: 'old1', name: 'traefik-before', running: false })
const up =
  'env COMPOSE_IGNORE_ORPHANS=true docker compose --project-name cutover-traefik --project-directory /opt/traefik --file /opt/traefik/compose.yaml up --detach --quiet-pull'

const composed = { content: '', stamp: 'new' }

describe('a replacement', () => {
  it('that goes well leaves the new container alone', async () => {
    const host = hostWith([container(), old])
    await replaceContainer(host.host, service, container({ id: 'old1' }), { content: 'new compose\n', stamp: 'new' })
    expect(shortened(host.commands)).toEqual([
      'docker stop old1 >/dev/null; docker rename old1 traefik-before',
      'write /opt/traefik/compose.yaml 644 root:root',
      up,
      'inspect',
      'inspect',
      'inspect',
      'docker stop old1 >/dev/null; docker rm old1 >/dev/null',
    ])
    expect(host.files.get('/opt/traefik/compose.yaml')?.content).toBe('new compose\n')
  })

  it('that can take over leaves the old container to what does, and writes all files before', async () => {
    const host = hostWith([container(), old])
    const takeOver = { ...service, takeOver: ({ Id }: Container) => ['swap.sh', `old=${Id}`, '--'] }
    const files = { '/opt/traefik/traefik-1.yaml': 'ping: {}\n' }
    await replaceContainer(host.host, takeOver, container({ id: 'old1' }), { ...composed, files })
    expect(shortened(host.commands).slice(0, 4)).toEqual([
      'docker rename old1 traefik-before',
      'write /opt/traefik/traefik-1.yaml 644 root:root',
      'write /opt/traefik/compose.yaml 644 root:root',
      `swap.sh old=old1 -- ${up.replace('--detach', '--no-start')}`,
    ])
    const ended = hostWith([container(), old])
    await replaceContainer(ended.host, takeOver, container({ id: 'old1', running: false }), composed)
    expect(ended.commands).toContain(up)
  })

  it('whose new container ends is left to be undone', async () => {
    const host = hostWith([container({ running: false, exitCode: 3 }), old])
    const error = await replaceContainer(host.host, service, container({ id: 'old1' }), composed).catch(
      (cause: unknown) => explain(cause),
    )
    expect(error).toEqual([
      'the change of traefik failed, and what ran before is put back',
      'traefik (project cutover-traefik) did not come up: it ended with 3',
      'The last lines of its log:',
      '  ',
    ])
    expect(shortened(host.commands).at(-1)).toBe('docker logs --tail 20 traefik 2>&1')
  })

  it('that fails for a reason outside of it passes the error on', async () => {
    const host = new ScriptedHost((command) => (command.startsWith('docker stop') ? '' : undefined))
    await expect(replaceContainer(host.host, service, container(), composed)).rejects.toThrow(
      /^the script of this host/,
    )
  })
})

describe('settling a replacement', () => {
  it('restarts an old container that runs and lets nobody in any more', async () => {
    const host = hostWith([undefined, old], [container({ id: 'old1' })])
    await settleReplacement(host.host, { ...service, listens: [80] }, null)
    expect(host.commands).toContain("ss -Hltn 'sport = :80' | grep -q . || docker restart old1 >/dev/null")
  })

  const rename = 'docker rename old1 traefik; docker start old1 >/dev/null'
  const restored = [container({ id: 'old1' })]
  it.each<[string, (readonly (Container | undefined)[])[], string | null, string[]]>([
    ['does nothing without an old container', [[container()]], 'old compose\n', ['inspect']],
    [
      'removes the old container if the new one is healthy',
      [[container(), old]],
      'old compose\n',
      ['inspect', 'docker stop old1 >/dev/null; docker rm old1 >/dev/null'],
    ],
    [
      'brings the old container back if the new one is not healthy',
      [[container({ health: 'unhealthy' }), old], restored],
      'old compose\n',
      [
        'inspect',
        'docker stop new1 >/dev/null; docker rm new1 >/dev/null',
        rename,
        'write /opt/traefik/compose.yaml 644 root:root',
        'inspect',
        'inspect',
      ],
    ],
    [
      'brings the old container back if there is no new one, and leaves an unknown compose file',
      [[undefined, old], restored],
      null,
      ['inspect', rename, 'inspect', 'inspect'],
    ],
  ])('%s', async (_, looks, previous, commands) => {
    const host = hostWith(...looks)
    await settleReplacement(host.host, service, previous)
    expect(shortened(host.commands)).toEqual(commands)
    expect(host.files.get('/opt/traefik/compose.yaml')?.content).toBe(
      commands.some((command) => command.startsWith('write')) ? 'old compose\n' : undefined,
    )
  })
})
