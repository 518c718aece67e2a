import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { pullImage } from '../../../../tasks/blue-green/steps/pull.ts'
import { platformFact } from '../../../../tasks/system/platform.ts'
import { apply, check, contextOf, digest, failure, TestHost } from '../builders.ts'

const name = `x/shop@${digest(2)}`
const inspect = `docker image inspect -f '{{.Os}}/{{.Architecture}}' ${name} 2>/dev/null`

/** A host of linux/arm64. @param platform of the image once it is pulled */
function hostOf(platform: string, pulled = false): TestHost {
  let there = pulled
  const script = (command: string): ScriptedOutput | undefined => {
    if (command === inspect) return there ? `${platform}\n` : { code: 1 }
    if (command === `docker pull ${name}`) return { changes: () => (there = true) }
    return command === `docker image rm ${name}` ? { code: 1 } : undefined
  }
  return new TestHost(script, { facts: [[platformFact as never, { docker: 'linux/arm64' }]] })
}

describe('the image', () => {
  it('is not on the host', async () => {
    expect(await check(pullImage(contextOf()), hostOf('linux/arm64'))).toEqual({
      summary: 'x/shop:v2 sha256:222222222222',
    })
  })

  it('is on the host', async () => {
    expect(await check(pullImage(contextOf()), hostOf('linux/arm64', true))).toBeNull()
  })

  it('is pulled by its digest', async () => {
    expect(await apply(pullImage(contextOf()), hostOf('linux/arm64'))).toEqual([`docker pull ${name}`, inspect])
  })

  it('for another platform is removed, and the release refused', async () => {
    const host = hostOf('linux/amd64')
    expect(await failure(apply(pullImage(contextOf()), host))).toEqual({
      kind: 'RefusedError',
      message: 'x/shop:v2 is for linux/amd64, and this host is linux/arm64',
      hint: 'Build it for this platform too: templates/build.yml builds amd64 and arm64.',
    })
    expect(host.changes).toEqual([`docker pull ${name}`, inspect, `docker image rm ${name}`])
  })
})
