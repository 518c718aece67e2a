import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

const types = [
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

function call(
  lab: Lab,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Answer> {
  const [host, port] = lab.registry.split(':')
  return new Promise((resolve, reject) => {
    const sent = request(
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
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What a push of `to` does: the tag means, from now on, what `from` means. */
export async function copyTag(lab: Lab, repository: string, from: string, to: string): Promise<void> {
  const manifest = await call(lab, 'GET', `/v2/${repository}/manifests/${from}`, { accept: types.join(', ') })
  if (manifest.status !== 200) throw new Error(`the lab's registry has no ${repository}:${from}`)
  const put = await call(
    lab,
    'PUT',
    `/v2/${repository}/manifests/${to}`,
    { 'content-type': manifest.type },
    manifest.body,
  )
  if (put.status !== 201)
    throw new Error(`the lab's registry did not take ${repository}:${to}: ${put.status} ${put.body.toString()}`)
}
