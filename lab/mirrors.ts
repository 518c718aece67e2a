import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The Debian mirror that this machine's apt uses. Empty where it has none: mmdebstrap then takes its default. */
export function debianMirror(): string[] {
  const lists = ['/etc/apt/sources.list', ...list('/etc/apt/sources.list.d')].filter(existsSync)
  for (const path of lists) {
    const mirror = /^(?:URIs:|deb(?:\s+\[.*?\])?)\s+(\S+\/debian)\/?\s/m.exec(readFileSync(path, 'utf8'))?.[1]
    if (mirror !== undefined) return [mirror]
  }
  return []
}

const list = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : []

/** `docker run` options that give a container this machine's certificate authorities. */
export function mountCertificates(): string[] {
  const bundle = '/etc/ssl/certs/ca-certificates.crt'
  if (!existsSync(bundle)) return []
  return [
    '-v',
    `${bundle}:/run/ca.crt:ro`,
    '-e',
    'SSL_CERT_FILE=/run/ca.crt',
    '-e',
    'PIP_CERT=/run/ca.crt',
    '-e',
    'REQUESTS_CA_BUNDLE=/run/ca.crt',
  ]
}
