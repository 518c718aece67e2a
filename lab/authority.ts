import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from './exec.ts'

/** Makes a private certificate authority (`ca.crt`) and, in `tls/`, a certificate for the lab's registry. */
export async function makeAuthority(directory: string): Promise<void> {
  const tls = join(directory, 'tls')
  mkdirSync(tls)
  const ca = { key: join(directory, 'ca.key'), crt: join(directory, 'ca.crt') }
  const server = {
    key: join(tls, 'server.key'),
    csr: join(directory, 'server.csr'),
    crt: join(tls, 'server.crt'),
    ext: join(directory, 'server.ext'),
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  writeFileSync(server.ext, 'subjectAltName=DNS:registry.lab,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  await exec([
    ...['openssl', 'req', '-x509', ...key, '-days', '30', '-subj', '/CN=cutover lab'],
    ...['-keyout', ca.key, '-out', ca.crt],
  ])
  await exec(['openssl', 'req', ...key, '-subj', '/CN=registry.lab', '-keyout', server.key, '-out', server.csr])
  await exec([
    ...['openssl', 'x509', '-req', '-in', server.csr, '-CA', ca.crt, '-CAkey', ca.key, '-CAcreateserial'],
    ...['-days', '30', '-extfile', server.ext, '-out', server.crt],
  ])
}
