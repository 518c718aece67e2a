import { describe, expect, it } from 'vitest'
import { stepTo } from '../../../tasks/docker/service-step.ts'
import type { Container } from '../../../tasks/docker/inspect.ts'

const service = { container: 'traefik', formerly: 'traefik', image: 'traefik:v2', ports: ['80:80'] }

interface Shown {
  stamp?: string
  project?: string
  image?: string
  port?: string
  running?: boolean
  health?: string
}
const container = ({
  stamp = 'new',
  project = 'cutover-traefik',
  image = 'traefik:v2',
  port = '80',
  running = true,
  health = 'healthy',
}: Shown = {}): Container =>
  ({
    Config: { Image: image, Labels: { 'cutover.stamp': stamp, 'com.docker.compose.project': project } },
    State: { Running: running, Health: { Status: health } },
    HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: port }] } },
  }) as unknown as Container
const earlier = { stamp: 'old', project: 'traefik' }

describe('what is to be done for a container', () => {
  it.each<[string, Shown | undefined, ReturnType<typeof stepTo>]>([
    ['it is not there', undefined, { step: 'make', summary: 'start traefik' }],
    ['it is as wanted', {}, { step: null, old: false }],
    ['it has ended', { running: false }, { step: 'start', summary: 'start traefik' }],
    ['it is not healthy yet', { health: 'starting' }, { step: 'wait', summary: 'wait for traefik to be healthy' }],
    ['its settings are other ones', { stamp: 'old' }, { step: 'replace', summary: 'change traefik' }],
    [
      'its image is another',
      { stamp: 'old', image: 'traefik:v1' },
      { step: 'replace', summary: 'change traefik: image traefik:v1 → traefik:v2' },
    ],
    ['an earlier release made it: it runs on', earlier, { step: null, old: true }],
    [
      'an earlier release made it, with another image',
      { ...earlier, image: 'traefik:v1' },
      { step: 'replace', summary: 'change traefik: image traefik:v1 → traefik:v2' },
    ],
    [
      'an earlier release made it, with other ports',
      { ...earlier, port: '81' },
      { step: 'replace', summary: 'change traefik: ports 81:80 → 80:80' },
    ],
    [
      'an earlier release made it, and it has ended',
      { ...earlier, running: false },
      { step: 'replace', summary: 'change traefik' },
    ],
  ])('%s', (_, shown, step) => {
    expect(stepTo(service, 'new', { now: shown && container(shown), before: undefined })).toEqual(step)
  })

  it('a change that was cut off is finished first', () => {
    expect(stepTo(service, 'new', { now: container(), before: container() })).toMatchObject({ step: 'settle' })
  })
})
