/** The folders of Cutover on a host. */
export const paths = {
  app: (app: string) => `/opt/${app}`,
  traefik: '/opt/traefik',
  dynamic: '/opt/traefik/dynamic',
  staging: '/opt/traefik/staging',
  program: '/opt/cutover',
  log: '/var/log/cutover',
} as const

/** The name of the Docker network between Traefik and the containers of the apps. */
export const publicNetwork = 'traefik-public'
