import { defaultImages } from '../tasks/app/settings.ts'
import { releases } from './app-images.ts'
import { node, postgres, registry, traefik } from './base-images.ts'
import { docker } from './engine.ts'
import { type Image, tagOf } from './image.ts'

/** The repositories in the lab's registry, for an inventory. */
export const images = {
  traefik: defaultImages.traefik,
  postgres: defaultImages.postgres,
  node: defaultImages.runtime,
  app: 'shop',
}

/** What the lab's registry has: repository and tag, and the image behind it. */
const contents: readonly (readonly [string, Image])[] = [
  [images.traefik, traefik],
  [images.postgres, postgres],
  [images.node, node],
  ...releases.map(([tag, image]) => [`${images.app}:${tag}`, image] as const),
]

/** A registry that has all the images already, so that a lab need not push any. */
export const fullRegistry: Image = {
  name: 'registry-full',
  parents: [registry, ...contents.map(([, image]) => image)],
  key: contents.map(([name]) => name),
  build: async (tag) => {
    const network = await docker(['network', 'create', `cutover-lab-build-${process.pid}`])
    const id = await docker(['run', '-d', '--network', network, '-p', '127.0.0.1::5000', tagOf(registry)])
    try {
      const [address] = (await docker(['port', id, '5000/tcp'])).split('\n')
      for (const [name, image] of contents) await push(tagOf(image), `${address}/${name}`)
      await docker(['stop', '-t', '5', id])
      await docker(['commit', id, tag])
    } finally {
      await docker(['rm', '-fv', id])
      await docker(['network', 'rm', network])
    }
  },
}

/** Pushes a local image under another name, and removes that name again. */
async function push(image: string, name: string): Promise<void> {
  await docker(['tag', image, name])
  try {
    await docker(['push', '-q', name])
  } finally {
    await docker(['rmi', name])
  }
}
