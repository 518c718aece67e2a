import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { configOf, sameConfig } from '../../../tasks/blue-green/config.ts'

const app = toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/shop' }))
const hostWith = (environment: string | null): ScriptedHost['host'] =>
  new ScriptedHost((command) =>
    command.includes('sha256sum') ? (environment === null ? '' : `digest of ${environment}\n`) : undefined,
  ).host

it('a container is not made with other settings than its release began with', async () => {
  const wanted = { tag: 'v1', digest: 'sha256:x', config: await configOf(hostWith('A=1'), app) }
  await expect(sameConfig(hostWith('A=1'), { app, wanted })).resolves.toBeUndefined()
  await expect(sameConfig(hostWith('A=2'), { app, wanted })).rejects.toThrow(
    'the settings of shop on scripted were changed while it was released',
  )
})

it('a host without the app is named', async () => {
  await expect(configOf(hostWith(null), app)).rejects.toMatchObject({
    message: 'shop is not set up on scripted',
    hint: expect.stringContaining('Run setup first') as string,
  })
})
