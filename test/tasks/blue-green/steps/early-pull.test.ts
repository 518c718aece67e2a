import { describe, expect, it } from 'vitest'
import { laterPulls, pullEarly } from '../../../../tasks/blue-green/steps/early-pull.ts'
import { appWith, digest, fakeLock, TestHost } from '../builders.ts'

const target = { tag: 'v2', digest: digest(2) }
const inspect = `docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@${digest(2)} 2>/dev/null`

/** A host, and how many pulls began on it. */
function hostWith(platform: string): { host: TestHost; pulls: () => number } {
  const host = new TestHost((command) => (command === inspect ? platform : undefined))
  let pulls = 0
  host.spawn = async () => {
    pulls += 1
    return fakeLock('ended 0') as never
  }
  return { host, pulls: () => pulls }
}

describe('an early pull', () => {
  it('begins if the host lacks the image', async () => {
    const { host, pulls } = hostWith('')
    expect(await pullEarly(host.host, appWith(), target)).toMatchObject({ name: `x/shop@${digest(2)}` })
    expect(pulls()).toBe(1)
  })

  it('is not needed where the image is there', async () => {
    const { host, pulls } = hostWith('linux/amd64')
    expect(await pullEarly(host.host, appWith(), target)).toEqual({ name: `x/shop@${digest(2)}`, begun: undefined })
    expect(pulls()).toBe(0)
  })

  it('is not one for an image of the operator’s Docker', async () => {
    expect(await pullEarly(hostWith('').host.host, appWith(), { ...target, from: 'docker' })).toBeUndefined()
  })
})

describe('the pulls of later batches', () => {
  it('begin once the target is found, on hosts that have the app', async () => {
    const [one, other] = [hostWith(''), hostWith('')]
    const { found, meanwhile } = laterPulls((host) => (host === one.host.name ? appWith() : undefined))
    const begun = meanwhile(one.host.host)
    await meanwhile({ ...other.host.host, name: 'other' })
    expect(one.pulls()).toBe(0)
    expect(found(target)).toBe(target)
    await begun
    expect([one.pulls(), other.pulls()]).toEqual([1, 0])
  })
})
