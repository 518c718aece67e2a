import { describe, expect, it } from 'vitest'
import { stepTo } from '../../../../tasks/docker/service/service-step.ts'
import { container, service, type Shown } from '../containers.ts'

const earlier = { stamp: 'old', project: 'traefik' }
const replace = (details = ''): object => ({ step: 'replace', summary: `change traefik${details}` })

describe('what is to be done for a container', () => {
  it.each<[string, Shown, object]>([
    ['it is as wanted', {}, { step: null, outdated: false }],
    ['it is as wanted, and has no health check', { health: null }, { step: null, outdated: false }],
    ['it has ended', { running: false }, { step: 'start', summary: 'start traefik' }],
    ['it is not healthy yet', { health: 'starting' }, { step: 'wait', summary: 'wait for traefik to be healthy' }],
    ['its settings are other ones', { stamp: 'old' }, replace()],
    ['its image is another', { stamp: 'old', image: 'traefik:v1' }, replace(': image traefik:v1 → traefik:v2')],
    [
      'image and ports are other ones',
      { stamp: 'old', image: 'traefik:v1', port: '81' },
      replace(': image traefik:v1 → traefik:v2, ports 81:80 → 80:80'),
    ],
    ['an earlier release made it: it runs on', earlier, { step: null, outdated: true }],
    [
      'an earlier release made it, and it is not healthy yet',
      { ...earlier, health: 'starting' },
      { step: 'wait', summary: 'wait for traefik to be healthy' },
    ],
    [
      'an earlier release made it, with another image',
      { ...earlier, image: 'traefik:v1' },
      replace(': image traefik:v1 → traefik:v2'),
    ],
    ['an earlier release made it, with other ports', { ...earlier, port: '81' }, replace(': ports 81:80 → 80:80')],
    ['an earlier release made it, and it has ended', { ...earlier, running: false }, replace()],
    ['another project made it', { ...earlier, project: 'other' }, replace()],
  ])('%s', (_, shown, step) => {
    const now = container(shown)
    const needsContainer = 'step' in step && (step.step === 'start' || step.step === 'replace')
    expect(stepTo(service, 'new', { now, before: undefined })).toEqual({
      ...step,
      ...(needsContainer && { container: now }),
    })
  })

  it('it is made where it does not exist', () => {
    expect(stepTo(service, 'new', { now: undefined, before: undefined })).toEqual({
      step: 'make',
      summary: 'start traefik',
    })
  })

  it('it has no labels at all', () => {
    const now = container()
    now.Config.Labels = null
    expect(stepTo(service, 'new', { now, before: undefined })).toMatchObject(replace())
  })

  it('the order of its ports does not matter, and none are called none', () => {
    const now = container({ stamp: 'old' })
    now.HostConfig.PortBindings = {
      '80/tcp': [{ HostIp: '', HostPort: '80' }],
      '443/tcp': [{ HostIp: '', HostPort: '443' }],
    }
    const state = { now, before: undefined }
    expect(stepTo({ ...service, ports: ['80:80', '443:443'] }, 'new', state)).toMatchObject(replace())
    expect(stepTo({ ...service, ports: [] }, 'new', state)).toMatchObject(replace(': ports 443:443 80:80 → none'))
    now.HostConfig.PortBindings = null
    expect(stepTo(service, 'new', state)).toMatchObject(replace(': ports none → 80:80'))
    expect(stepTo({ ...service, ports: ['80:80', '443:443'] }, 'new', state)).toMatchObject(
      replace(': ports none → 80:80 443:443'),
    )
  })

  it('one that goes onto the host’s network publishes no ports', () => {
    const state = { now: container({ stamp: 'old' }), before: undefined }
    expect(stepTo({ ...service, ports: [], listens: [80] }, 'new', state)).toMatchObject(
      replace(": ports 80:80 → the host's own"),
    )
  })

  it.each([container(), undefined])('a change that was cut off is finished first', (now) => {
    expect(stepTo(service, 'new', { now, before: container() })).toEqual({
      step: 'settle',
      summary: 'finish the change of traefik that was cut off',
    })
  })
})
