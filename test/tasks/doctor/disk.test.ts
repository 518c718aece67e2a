import { expect, it } from 'vitest'
import { disk } from '../../../tasks/doctor/disk.ts'
import { known, lines, patient } from './patient.ts'

const title = '   1B-blocks       Avail   Inodes    IFree Mounted on\n'
const found = (paths: readonly string[], df: readonly string[]): string[] =>
  lines(
    disk.find(`${paths.map((path) => `path ${path}\n`).join('')}${title}${df.map((line) => `${line}\n`).join('')}`, {
      ...patient(),
      ...known,
    }),
  )
const paths = ['/var/lib/docker', '/', '/opt']

it('one file system is one finding, of what Docker needs', () => {
  const root = '270553174016 77907959808 16777216 16026232 /'
  expect(found(paths, [root, root, root])).toEqual(['ok: /var/lib/docker, /, /opt: 77.9 GB of 270.6 GB free'])
})

it.each([
  [1_999_000_000, 'warning: /var/lib/docker: 2.0 GB of 20.0 GB free | Make room there (docker system df'],
  [299_000_000, 'error: /var/lib/docker: 299 MB of 20.0 GB free | Make room there (docker system df'],
  [0, 'error: /var/lib/docker: 0 MB of 20.0 GB free | Make room there (docker system df'],
])('Docker’s folder with %i bytes', (free, line) => {
  const [docker = '', ...others] = found(paths, [
    `20000000000 ${free} 1310720 1200000 /var/lib/docker`,
    '8000000000 4000000000 524288 400000 /',
    '8000000000 4000000000 524288 400000 /',
  ])
  expect(docker).toContain(line)
  expect(others).toEqual(['ok: /, /opt: 4.0 GB of 8.0 GB free'])
})

it.each([
  [199_000_000, 'warning: /opt: 199 MB of 8.0 GB free | Make room there (du '],
  [19_000_000, 'error: /opt: 19 MB of 8.0 GB free | Make room there (du '],
  [201_000_000, 'ok: /opt: 201 MB of 8.0 GB free'],
])('another one with %i bytes', (free, line) => {
  const rest = '20000000000 9000000000 1310720 1200000 /'
  expect(found(paths, [rest, rest, `8000000000 ${free} 524288 400000 /opt`])[1]).toContain(line)
})

it.each([
  ['524288 26215', []],
  ['524288 26214', ['warning: /var/lib/docker: 26214 of 524288 inodes are free, and each file takes one']],
  ['524288 12', ['error: /var/lib/docker: 12 of 524288 inodes are free, and each file takes one']],
  // btrfs, and vfat
  ['0 0', []],
  ['- -', []],
])('inodes: %s', (inodes, expected) => {
  const [, ...more] = found(['/var/lib/docker'], [`20000000000 9000000000 ${inodes} /mnt/a disk`])
  expect(more.map((line) => line.replace(/ \|.*/, ''))).toEqual(expected)
})
