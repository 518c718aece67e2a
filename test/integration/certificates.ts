import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../lab/exec.ts'

interface Pair {
  key: Buffer
  cert: Buffer
}

export interface Certificates {
  /** The private CA, as PEM. */
  ca: string
  good: Pair
  expired: Pair
  early: Pair
  /** For another name. */
  elsewhere: Pair
  /** Of no CA at all. */
  stranger: Pair
  /** A client's. */
  client: Pair
}

const pair = (directory: string, name: string): Pair => ({
  key: readFileSync(join(directory, `${name}.key`)),
  cert: readFileSync(join(directory, `${name}.crt`)),
})

/** Makes a private CA and certificates of every kind, in a directory. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const at = (name: string): string => join(directory, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = 'DNS:fake.test,DNS:other.test,DNS:registry-1.docker.io'
  await exec([
    'openssl',
    'req',
    '-x509',
    ...key,
    '-days',
    '30',
    '-subj',
    '/CN=fake CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  ])
  await exec([
    'openssl',
    'req',
    '-x509',
    ...key,
    '-days',
    '30',
    '-subj',
    '/CN=stranger',
    '-addext',
    `subjectAltName=${names}`,
    '-keyout',
    at('stranger.key'),
    '-out',
    at('stranger.crt'),
  ])
  writeFileSync(
    at('ca.conf'),
    `[ca]\ndefault_ca=it\n[it]\ndatabase=${at('index.txt')}\nnew_certs_dir=${directory}\nserial=${at('serial')}\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n`,
  )
  writeFileSync(at('index.txt'), '')
  writeFileSync(at('serial'), '01\n')
  const make = async (name: string, alternative: string, from: string, to: string): Promise<void> => {
    writeFileSync(at(`${name}.ext`), `subjectAltName=${alternative}\n`)
    await exec([
      'openssl',
      'req',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
    ])
    await exec([
      'openssl',
      'ca',
      '-batch',
      '-notext',
      '-config',
      at('ca.conf'),
      '-cert',
      at('ca.crt'),
      '-keyfile',
      at('ca.key'),
      '-in',
      at(`${name}.csr`),
      '-extfile',
      at(`${name}.ext`),
      '-startdate',
      from,
      '-enddate',
      to,
      '-out',
      at(`${name}.crt`),
    ])
  }
  const [long, soon] = ['20200101000000Z', '20990101000000Z']
  await make('good', names, long, soon)
  await make('client', 'DNS:host', long, soon)
  await make('expired', names, long, '20210101000000Z')
  await make('early', names, '20980101000000Z', soon)
  await make('elsewhere', 'DNS:elsewhere.test', long, soon)
  return {
    ca: readFileSync(at('ca.crt'), 'utf8'),
    good: pair(directory, 'good'),
    expired: pair(directory, 'expired'),
    early: pair(directory, 'early'),
    elsewhere: pair(directory, 'elsewhere'),
    stranger: pair(directory, 'stranger'),
    client: pair(directory, 'client'),
  }
}
