import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { image } from '../../../tasks/docker/image.ts'

const inspect = 'docker image inspect -f . shop:v1 2>/dev/null'

it('an image that is on the host is not pulled', async () => {
  expect(await image('shop:v1').check(new ScriptedHost({ [inspect]: '.' }).host)).toBeNull()
  expect(await image('shop:v1').check(new ScriptedHost({ [inspect]: { code: 1 } }).host)).toEqual({ summary: 'pull' })
  expect(image('shop:v1').name).toBe('image shop:v1')
})

it('an image is pulled, and a pull that fails is explained', async () => {
  const host = new ScriptedHost({ 'docker pull shop:v1': '' })
  await image('shop:v1').apply(host.host, { summary: '' })
  expect(host.commands).toEqual(['docker pull shop:v1'])
  const failing = new ScriptedHost({ 'docker pull shop:v1': { stderr: 'manifest unknown', code: 1 } })
  await expect(image('shop:v1').apply(failing.host, { summary: '' })).rejects.toMatchObject({
    message: 'shop:v1: the registry has no such image',
  })
})
