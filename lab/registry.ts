import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
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

interface Answer {
  status: number
  type: string
  digest: string
  body: Buffer
}

interface Call {
  method: 'GET' | 'PUT'
  path: string
  headers: Record<string, string>
  body?: Buffer
}

function call(lab: Lab, { method, path, headers, body }: Call): Promise<Answer> {
  const [host, port] = lab.registry.split(':')
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host, port, method, path, headers, ca: readFileSync(join(lab.directory, 'ca.crt')) },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type']),
            digest: String(response.headers['docker-content-digest']),
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * Makes a tag of the lab's registry name the image of another tag, as a push of that image would.
 * @throws Error if the registry refuses
 */
export async function copyTag(lab: Lab, repository: string, from: string, to: string): Promise<void> {
  const manifest = await call(lab, {
    method: 'GET',
    path: `/v2/${repository}/manifests/${from}`,
    headers: { accept: manifestTypes.join(', ') },
  })
  if (manifest.status !== 200) throw new Error(`the lab's registry has no ${repository}:${from}`)
  const put = await call(lab, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${to}`,
    headers: { 'content-type': manifest.type },
    body: manifest.body,
  })
  if (put.status !== 201)
    throw new Error(`the lab's registry did not take ${repository}:${to}: ${put.status} ${put.body.toString()}`)
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
  const { body, type, digest } = await call(lab, {
    method: 'GET',
    path: `/v2/${repository}/manifests/${from}`,
    headers: { accept: manifestTypes.join(', ') },
  })
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
  const put = await call(lab, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${to}`,
    headers: { 'content-type': index.mediaType },
    body: Buffer.from(JSON.stringify(index)),
  })
  if (put.status !== 201)
    throw new Error(`the lab's registry did not take ${repository}:${to}: ${put.status} ${put.body.toString()}`)
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
