/** The folders of Cutover on a host. */
export const paths = {
  app: (app: string) => `/opt/${app}`,
  traefik: '/opt/traefik',
  dynamic: '/opt/traefik/dynamic',
  staging: '/opt/traefik/staging',
  pages: '/opt/traefik/pages',
  program: '/opt/cutover',
  log: '/var/log/cutover',
} as const

/** A file whose content is another one after each restore of an app's database: what was migrated before counts no more. */
export const restoredFile = (app: string): string => `${paths.app(app)}/restored`

/** The pages that Traefik shows by itself: where no app answers, and during a maintenance. */
export const pageFiles = { notFound: `${paths.pages}/404.html`, maintenance: `${paths.pages}/503.html` } as const

/** The unit of the server that has the pages which Traefik shows by itself. */
export const pagesUnit = 'cutover-pages.service'

/**
 * The name of the Docker network on which an older Cutover had Traefik and the slots of all apps. A slot that it made is
 * still there.
 */
export const publicNetwork = 'traefik-public'

/**
 * The name of an app's own Docker network, on which its slots have fixed addresses: Traefik, on the host's network, sends
 * requests there, and no other app is on it. It comes after `publicNetwork` in the alphabet, so that a container that is
 * on both keeps its default route through that one.
 */
export const slotNetwork = (app: string): string => `${publicNetwork}-${app}`
