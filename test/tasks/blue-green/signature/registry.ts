import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { digestOf, type CosignSignature } from '../../../../lab/cosign.ts'
import { TestHost } from '../builders.ts'

const command = '/opt/cutover/registry-get.sh x/shop '

/** What a registry has below x/shop, by path, and a host that asks it. */
export class SignedRegistry {
  readonly paths = new Map<string, Buffer>()
  /** The paths of each question. */
  readonly asked: string[][] = []
  readonly host = new TestHost((text): ScriptedOutput | undefined => {
    if (!text.startsWith(command)) return undefined
    const paths = text.slice(command.length).replaceAll("'", '').split(' ')
    this.asked.push(paths)
    return `${paths.map((path) => this.paths.get(path)?.toString('base64') ?? '').join('\n')}\n`
  })

  put(path: string, content: unknown): void {
    this.paths.set(path, Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)))
  }

  /** @returns the manifest */
  blobOf({ blob, manifest }: CosignSignature): Record<string, unknown> {
    this.put(`blobs/${digestOf(blob)}`, blob)
    return manifest
  }

  /** A manifest that stands under its digest alone. @returns it */
  byDigest(signature: CosignSignature): Record<string, unknown> {
    const manifest = this.blobOf(signature)
    this.put(`manifests/${digestOf(Buffer.from(JSON.stringify(manifest)))}`, manifest)
    return manifest
  }
}
