import { describe, expect, it } from 'vitest'
import { hostImages } from '../../lab/base-images.ts'
import { dockerfile, filesOf, type Image, tagOf } from '../../lab/image.ts'

const image = (change: Partial<Image> = {}): Image => ({
  name: 'app',
  parents: [],
  key: ['one', 'two'],
  build: () => Promise.resolve(),
  ...change,
})

describe('the tag of an image of the lab', () => {
  it('is a digest of what goes into it', () => {
    expect(tagOf(image())).toMatch(/^cutover-lab\/app:[0-9a-f]{12}$/)
    expect(tagOf(image())).toBe(tagOf(image()))
    expect(tagOf(image({ key: ['one', 'three'] }))).not.toBe(tagOf(image()))
  })

  it('changes with a parent', () => {
    const child = (parent: Image): string => tagOf(image({ name: 'child', parents: [parent] }))
    expect(child(image({ key: ['other'] }))).not.toBe(child(image()))
  })

  it('changes with the arguments of its Dockerfile', () => {
    const host = (base: string): string => tagOf(dockerfile({ name: 'host', parents: [], args: { BASE: base } }))
    expect(host('a')).not.toBe(host('b'))
  })

  it('changes with what is edited in its Dockerfile', () => {
    const host = (edit?: (text: string) => string): string =>
      tagOf(dockerfile({ name: 'host', parents: [], args: {}, edit }))
    expect(host((text) => text.replace('ufw', ''))).not.toBe(host())
  })

  it('is another for hosts of Debian 12, whose Docker has no package of its client', () => {
    expect(tagOf(hostImages[12])).toMatch(/^cutover-lab\/host-12:/)
    expect(tagOf(hostImages[13])).toMatch(/^cutover-lab\/host:/)
    const edited = hostImages[12].key.at(-1)
    expect(edited).toContain('docker.io ufw')
    expect(edited).not.toContain('docker-cli')
  })
})

it('the files of an image have a path and a content, in order', () => {
  const names = filesOf('host').map((file) => file.split('\0')[0])
  expect(names).toEqual(['host/Dockerfile', 'host/init.sh', 'host/lab-host-keys.service'])
})
