import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import type { Release } from '../../../../tasks/blue-green/history.ts'
import { prune } from '../../../../tasks/blue-green/steps/prune.ts'
import { apply, appWith, check, contextOf, digest, good, slotContainer, TestHost } from '../builders.ts'

const list = "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop"
const used = "docker ps --all --quiet | xargs -r docker inspect --format '{{.Image}}' 2>/dev/null"
const row = (n: number, tag = '<none>'): string => `${digest(n)} sha256:id${n} ${tag}`

interface Scene {
  images: string[]
  /** The images of all containers of the host. */
  inUse?: string[]
  history?: Release[]
  keep?: number
}

const hostOf = ({ images, inUse = [], history = [] }: Scene): TestHost => {
  const script = (command: string): ScriptedOutput | undefined => {
    if (command === list) return `${images.join('\n')}\n`
    if (command === used) return { stdout: inUse.map((each) => `${each}\n`).join(''), code: 1 }
    return command.startsWith('docker image rm ') ? '' : undefined
  }
  return new TestHost(script, {
    history,
    containers: [slotContainer('green', { digest: digest(9) })],
  })
}

const seven = [1, 2, 3, 4, 5, 6, 7]

describe('old images', () => {
  it.each<[string, Scene, (number | string)[]]>([
    ['none there', { images: [] }, []],
    [
      'the last five good releases are kept',
      { images: seven.map((n) => row(n)), history: seven.map((n) => good(n)) },
      [1, 2],
    ],
    [
      'a release that was made again counts once, as the newer one',
      { images: seven.map((n) => row(n)), history: [...seven.map((n) => good(n)), good(1), good(7)] },
      [2, 3],
    ],
    [
      'a refused one is not kept',
      { images: [row(1), row(2)], history: [good(1), good(2, { result: 'refused' })] },
      [2],
    ],
    ['what a slot was made of is kept', { images: [row(8), row(9)] }, [8]],
    ['what somebody gave a tag is kept', { images: [row(1, 'main'), row(2)] }, [2]],
    [
      'what came from a Docker goes by its id',
      {
        images: [1, 2, 9].map((n) => `<none> ${digest(n)} cutover-${n}`),
        history: [good(1, { from: 'docker' })],
        inUse: [digest(9)],
      },
      ['cutover-2'],
    ],
    ['what has no digest was not pulled for a release', { images: ['<none> sha256:id1 <none>', row(2)] }, [2]],
    ['what a container of anybody is made of is kept', { images: [row(1), row(2)], inUse: ['x', 'sha256:id1'] }, [2]],
    [
      'as many are kept as the app says',
      { images: seven.map((n) => row(n)), history: seven.map((n) => good(n)), keep: 2 },
      [1, 2, 3, 4, 5],
    ],
    ['each once', { images: [row(1), row(1)] }, [1]],
  ])('%s', async (_, scene, expected) => {
    const change = await check(prune(contextOf(appWith({ keep: scene.keep ?? 5 }))), hostOf(scene))
    expect(change).toEqual(
      expected.length === 0
        ? null
        : {
            summary: `${expected.length} old images`,
            digests: expected.map((n) => (typeof n === 'string' ? n : digest(n))),
            files: [],
          },
    )
  })

  it('are looked for among the app’s own; who uses them is asked only if there are any', async () => {
    const host = hostOf({ images: [row(9)] })
    await check(prune(contextOf()), host)
    expect(host.changes).toEqual([list])
    const other = hostOf({ images: [row(8)] })
    await check(prune(contextOf()), other)
    expect(other.changes).toEqual([list, used])
  })

  it('files of earlier settings go with them, unless a container has them', async () => {
    const [folder, files] = ['/opt/shop/files', ['list.json', 'new', 'mounted', 'old']]
    const mounts =
      "docker ps --all --quiet | xargs -r docker inspect --format '{{range .Mounts}}{{println .Source}}{{end}}'"
    const answers: Record<string, string> = {
      [list]: '',
      [`ls -A ${folder}`]: `${files.join('\n')}\n`,
      [mounts]: `${folder}/mounted\n/var/lib/docker/volumes/x/_data\n`,
      [`rm -f -- ${folder}/old`]: '',
      [`rm -f -- ${folder}/list.json ${folder}/new ${folder}/old`]: '',
    }
    const host = (): TestHost =>
      new TestHost(answers, { files: { [folder]: { directory: true }, [`${folder}/list.json`]: '{"/a":"new"}' } })
    expect((await apply(prune(contextOf(appWith({ files: { '/a': { file: 'a' } } }))), host())).at(-1)).toBe(
      `rm -f -- ${folder}/old`,
    )
    expect((await check(prune(contextOf()), host()))?.summary).toBe('3 old files')
    expect((await apply(prune(contextOf()), host())).at(-1)).toBe(
      `rm -f -- ${folder}/list.json ${folder}/new ${folder}/old`,
    )
  })

  it('are removed one by one, by their digest', async () => {
    expect(await apply(prune(contextOf()), hostOf({ images: [row(1), row(2)] }))).toEqual([
      `docker image rm x/shop@${digest(1)}`,
      `docker image rm x/shop@${digest(2)}`,
    ])
    expect(await apply(prune(contextOf()), hostOf({ images: [`<none> ${digest(3)} cutover-333333333333`] }))).toEqual([
      'docker image rm x/shop:cutover-333333333333',
    ])
  })
})
