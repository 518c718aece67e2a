/** Where things lie on a host. */
export const paths = {
  app: (app: string) => `/opt/${app}`,
  traefik: '/opt/traefik',
  dynamic: '/opt/traefik/dynamic',
  staging: '/opt/traefik/staging',
  program: '/opt/cutover',
  log: '/var/log/cutover',
} as const

/** The Docker network between Traefik and the apps' slots. */
export const publicNetwork = 'traefik-public'
