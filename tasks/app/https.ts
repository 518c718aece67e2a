import { UsageError } from '../../runner/index.ts'
import type { PlacedApp } from './apps.ts'

/**
 * Whether a host serves HTTPS: an app with a domain needs it.
 * @throws UsageError if it does, and there is no e-mail address for its certificates
 */
export function servesHttps(apps: readonly Pick<PlacedApp, 'name' | 'settings'>[], email: string | undefined): boolean {
  const publicApp = apps.find(({ settings: { access } }) => access !== 'local')
  if (publicApp && !email) {
    throw new UsageError(`${publicApp.name} has a domain, and Let's Encrypt needs an e-mail address`, {
      hint: 'Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.',
    })
  }
  return publicApp !== undefined
}
