import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { join } from 'node:path'
import { bundled, digestOf, emptyConfig, manifestType, referrers, simplySigned } from './cosign.ts'
import { docker } from './engine.ts'
import { ensureImage, type Image, tagOf } from './image.ts'
import type { Lab } from './lab.ts'

/** The kinds of manifest that a tag may name. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** A registry: a lab's, or one at an address that speaks plain HTTP. */
export type Registry = Pick<Lab, 'registry'> & Partial<Pick<Lab, 'directory'>>

interface Answer {
  status: number
  type: string
  digest: string
  location: string
  body: Buffer
}

interface Call {
  method: 'GET' | 'PUT' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: Buffer
}

function call({ registry, directory }: Registry, { method, path, headers = {}, body }: Call): Promise<Answer> {
  const [host, port] = registry.split(':')
  const request = directory === undefined ? plainRequest : tlsRequest
  const ca = directory === undefined ? undefined : readFileSync(join(directory, 'ca.crt'))
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, method, path, headers, ...(ca && { ca }) }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: String(response.headers['content-type']),
          digest: String(response.headers['docker-content-digest']),
          location: String(response.headers.location),
          body: Buffer.concat(chunks),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** @throws Error if the registry has no such tag */
async function manifestOf(to: Registry, repository: string, tag: string): Promise<Answer> {
  const manifest = await call(to, {
    method: 'GET',
    path: `/v2/${repository}/manifests/${tag}`,
    headers: { accept: manifestTypes.join(', ') },
  })
  if (manifest.status !== 200) throw new Error(`the lab's registry has no ${repository}:${tag}`)
  return manifest
}

/** @throws Error if the registry refuses */
async function putManifest(
  to: Registry,
  name: { repository: string; tag: string },
  type: string,
  body: Buffer,
): Promise<void> {
  const { repository, tag } = name
  const put = await call(to, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag}`,
    headers: { 'content-type': type },
    body,
  })
  if (put.status !== 201)
    throw new Error(`the lab's registry did not take ${repository}:${tag}: ${put.status} ${put.body.toString()}`)
}

/** @throws Error if the registry refuses */
async function putBlob(to: Registry, repository: string, body: Buffer): Promise<void> {
  const { location } = await call(to, { method: 'POST', path: `/v2/${repository}/blobs/uploads/` })
  const { pathname, searchParams } = new URL(location, `http://${to.registry}`)
  searchParams.set('digest', digestOf(body))
  const { status } = await call(to, {
    method: 'PUT',
    path: `${pathname}?${searchParams.toString()}`,
    headers: { 'content-type': 'application/octet-stream' },
    body,
  })
  if (status !== 201) throw new Error(`the lab's registry did not take a blob of ${repository}: ${status}`)
}

/**
 * Makes a tag of the lab's registry name the image of another tag, as a push of that image would.
 * @throws Error if the registry refuses
 */
export async function copyTag(lab: Lab, repository: string, from: string, to: string): Promise<void> {
  const { type, body } = await manifestOf(lab, repository, from)
  await putManifest(lab, { repository, tag: to }, type, body)
}

/**
 * Puts an index in the lab's registry as `repository:to`, which names the image of another tag and a note: as a build
 * with other attestations does, it has another digest, and the image is the same.
 */
export async function indexTag(
  lab: Lab,
  repository: string,
  { from, to, note }: { from: string; to: string; note: string },
): Promise<void> {
  const { body, type, digest } = await manifestOf(lab, repository, from)
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: type,
        digest,
        size: body.length,
        platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
      },
    ],
    annotations: { note },
  }
  await putManifest(lab, { repository, tag: to }, index.mediaType, Buffer.from(JSON.stringify(index)))
}

/** Puts an image without layers in a registry. @returns its digest */
export async function putEmptyImage(to: Registry, repository: string, tag: string): Promise<string> {
  const config = Buffer.from(JSON.stringify({ tag }))
  await putBlob(to, repository, config)
  const image = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
    layers: [],
  }
  await putManifest(to, { repository, tag }, manifestType, Buffer.from(JSON.stringify(image)))
  return (await manifestOf(to, repository, tag)).digest
}

/**
 * Signs the image of a tag, and leaves the signature where cosign does in a registry that has no lists of referrers.
 * @throws Error if the registry refuses
 */
export async function sign(
  to: Registry,
  { repository, tag }: { repository: string; tag: string },
  how: 'simply' | 'in a bundle',
  key: KeyObject,
): Promise<void> {
  const { digest } = await manifestOf(to, repository, tag)
  const { blob, manifest } = how === 'simply' ? simplySigned(digest, key) : bundled(digest, key)
  for (const each of [blob, emptyConfig]) await putBlob(to, repository, each)
  const bytes = Buffer.from(JSON.stringify(manifest))
  const beside = digest.replace(':', '-')
  if (how === 'simply') return putManifest(to, { repository, tag: `${beside}.sig` }, manifestType, bytes)
  await putManifest(to, { repository, tag: digestOf(bytes) }, manifestType, bytes)
  const list = referrers(manifest)
  await putManifest(to, { repository, tag: beside }, String(list.mediaType), Buffer.from(JSON.stringify(list)))
}

/** Builds an image if it is not there, and pushes it to the lab's registry as `repository:tag`. */
export async function push(lab: Lab, image: Image, name: string): Promise<void> {
  await ensureImage(image, () => undefined)
  const reference = `${lab.registry}/${name}`
  await docker(['tag', tagOf(image), reference])
  try {
    await docker(['push', '-q', reference])
  } finally {
    await docker(['rmi', reference])
  }
}
