import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { type BringImage, broughtImage, pullImage } from '../../../../tasks/blue-green/steps/pull.ts'
import type { Task } from '../../../../runner/task/task.ts'
import { platformFact } from '../../../../tasks/system/platform.ts'
import { apply, appWith, check, contextOf, digest, failure, TestHost, wanted } from '../builders.ts'

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

  describe('of the operator’s Docker', () => {
    const brought = { ...wanted, from: 'docker' as const }
    const named = 'x/shop:cutover-222222222222'
    const [askName, askId] = [named, brought.digest].map(
      (each) => `docker image inspect -f '{{.Os}}/{{.Architecture}}' ${each} 2>/dev/null`,
    )
    const tag = `docker tag ${brought.digest} ${named}`
    const config = '[ ! -f /opt/shop/app.env ]'
    /** @param there whether the host has the image */
    const scene = (there: boolean, bring?: BringImage, isSetUp = true): { host: TestHost; step: Task } => {
      let isThere = there
      const host = new TestHost(
        (command): ScriptedOutput | undefined => {
          if (command.startsWith(config)) return isSetUp ? 'config' : ''
          if (command === askName) return { code: 1 }
          if (command === askId) return isThere ? 'linux/arm64\n' : { code: 1 }
          return command === tag ? '' : undefined
        },
        { facts: [[platformFact as never, { docker: 'linux/arm64' }]] },
      )
      const to = async (): Promise<void> => void ((isThere = true), host.commands.push('bring'))
      const step = bring
        ? broughtImage(appWith(), brought, { ...bring, to })
        : pullImage(contextOf(appWith(), {}, { wanted: brought }))
      return { host, step }
    }
    const bring = (platform: string): BringImage => ({ platform, to: async () => undefined })

    it('is brought, and gets a name of ours', async () => {
      const { host, step } = scene(false, bring('linux/arm64'))
      expect(await apply(step, host)).toEqual([askId, 'bring', tag])
    })

    it('is not brought where the app is not set up', async () => {
      const { host, step } = scene(false, bring('linux/arm64'), false)
      expect((await failure(check(step, host))).message).toBe('shop is not set up on scripted')
    })

    it('is not brought again', async () => {
      const { host, step } = scene(true, bring('linux/arm64'))
      expect(await apply(step, host)).toEqual([askId, tag])
    })

    it('for another platform is not even brought', async () => {
      const { host, step } = scene(false, bring('linux/amd64'))
      expect((await failure(apply(step, host))).message).toBe(
        'x/shop:v2 is for linux/amd64, and this host is linux/arm64',
      )
      expect(host.changes).toEqual([askId])
    })

    it('that is not on the host any more cannot be rolled back to', async () => {
      const { host, step } = scene(false)
      expect(await failure(apply(step, host))).toEqual({
        kind: 'MissingError',
        message: 'the image of shop v2 is not on scripted any more',
        hint: `It came from a Docker, and no registry has it (${digest(2)}). Bring it again: npx tsx playbooks/deploy.ts --app shop --from-docker IMAGE`,
      })
    })
  })
})
