import { createHash } from 'node:crypto'
import { type Play, Secret, type Task, UsageError } from '../../runner/index.ts'
import { type Acme, acmeServer, isProduction, readCertificate, type Settings } from '../app/index.ts'
import { paths } from '../paths.ts'
import { rootFile } from '../system/index.ts'

/**
 * What the inventory says of it. The files and secrets are read at once.
 * @throws UsageError for what is missing
 */
export const acmeOptions = (
  { email, acme: settings }: Settings['traefik'],
  { secret, path }: Pick<Play<unknown>, 'secret' | 'path'>,
): AcmeOptions => ({
  email,
  settings,
  ca: settings?.ca === undefined ? undefined : readCertificate(path(settings.ca), 'traefik: { acme: { ca: FILE } }'),
  variables: Object.fromEntries(
    Object.entries(settings?.dns?.secrets ?? {}).map(([name, reference]) => [name, secret(reference, name)]),
  ),
})

/** How Traefik asks for certificates. */
export interface AcmeOptions {
  /** The e-mail address that the authority writes to. */
  email?: string
  settings?: Acme
  /** The certificate of the authority that the server's own certificate is of, in PEM format. */
  ca?: string
  /** The variables of the DNS provider. */
  variables?: Readonly<Record<string, Secret>>
}

/**
 * The file in which Traefik keeps certificates and its account. Each server has its own: else what a server for tests
 * gave would be kept when the real one is asked.
 */
const storageOf = (settings: Acme | undefined): string =>
  isProduction(settings)
    ? 'acme.json'
    : `acme-${createHash('sha256').update(acmeServer(settings)).digest('hex').slice(0, 8)}.json`

/** What Traefik's static configuration says of it. */
export const acmeConfiguration = ({ email, settings, ca }: AcmeOptions): object => ({
  email: email ?? '',
  storage: storageOf(settings),
  server: isProduction(settings) ? '' : acmeServer(settings),
  hasCa: ca !== undefined,
  challenge: settings?.challenge ?? 'http',
  dns: settings?.dns ?? null,
})

/** Files that Traefik needs for it, in the folder that only root can read. */
interface AcmeFiles {
  tasks: Task[]
  /** What the compose file says of them. */
  compose: { env_file: string }
  /** A change of these needs a restart. */
  contents: string[]
}

export const noFiles: AcmeFiles = { tasks: [], compose: { env_file: '' }, contents: [] }

export function acmeFiles({ ca, variables = {} }: AcmeOptions): AcmeFiles {
  const folder = `${paths.traefik}/acme`
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${literal(name, value)}'\n`)
  const environment = Secret.around(lines.join(''), 'variables of the DNS provider')
  const variablesFile = `${folder}/dns.env`
  return {
    tasks: [
      ...(ca === undefined ? [] : [rootFile(`${folder}/ca.crt`, ca)]),
      ...(lines.length === 0 ? [] : [rootFile(variablesFile, environment)]),
    ],
    compose: { env_file: lines.length === 0 ? '' : variablesFile },
    contents: [ca ?? '', environment.reveal()].filter((content) => content !== ''),
  }
}

/** A value that compose takes literally between single quotes. @throws UsageError for one with such a quote or a line break */
function literal(name: string, value: Secret): string {
  const text = value.reveal()
  if (!/['\n\r\\]/.test(text)) return text
  throw new UsageError(`${name} of the DNS provider has a quote, a backslash or a line break`, {
    hint: 'Docker compose cannot pass it on as it is. Make a token without them.',
  })
}
