import { UsageError } from '../../runner/index.ts'
import { httpsOf, isHttps } from './access.ts'
import type { PlacedApp } from './apps.ts'
import type { Settings } from './settings.ts'

type Apps = readonly Pick<PlacedApp, 'name' | 'settings'>[]

/** What a host needs for HTTPS. */
export interface Https {
  /** Whether it serves HTTPS: an app with a domain does, unless its `https` is off. */
  served: boolean
  /** Whether certificates are asked for by ACME. */
  acme: boolean
}

/**
 * What a host needs for HTTPS.
 * @throws UsageError if Let's Encrypt is to give certificates, and there is no e-mail address for it
 */
export function httpsOfHost(apps: Apps, { email, acme }: Pick<Settings['traefik'], 'email' | 'acme'>): Https {
  const asking = apps.find(({ settings: { access } }) => httpsOf(access) === 'letsencrypt')
  const served = apps.some(({ settings: { access } }) => isHttps(access))
  if (asking && !email && acme?.server === undefined)
    throw new UsageError(`${asking.name} has a domain, and Let's Encrypt needs an e-mail address`, {
      hint: 'Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.',
    })
  // A live route may still name the resolver after the inventory has changed, until the next release.
  return { served, acme: served && (asking !== undefined || email !== undefined) }
}
