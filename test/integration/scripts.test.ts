import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { shellcheck } from '../../lab/base-images.ts'
import { docker, findEngine, tryDocker } from '../../lab/engine.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { killTree } from '../../runner/connection/session/kill-tree.ts'

const folder = join(import.meta.dirname, '../../templates/host')

/** What runs on a host without us is read by shellcheck as a whole. */
it.skipIf(!inject('lab'))('shellcheck finds nothing in the scripts that run on a host', async () => {
  await findEngine()
  await ensureImage(shellcheck, () => undefined)
  const scripts = readdirSync(folder)
  expect(scripts.length).toBeGreaterThan(3)
  expect(
    await tryDocker([
      'run',
      '--rm',
      '--network',
      'none',
      '-v',
      `${folder}:/scripts:ro`,
      '-w',
      '/scripts',
      tagOf(shellcheck),
      'shellcheck',
      ...scripts,
    ]),
  ).toMatchObject({ code: 0, stdout: '' })
  // Its lists are lists of numbers: they are to be split.
  const killer = [
    'run',
    '--rm',
    '-i',
    '--network',
    'none',
    tagOf(shellcheck),
    'shellcheck',
    '--shell=sh',
    '--exclude=SC2086,SC2034',
    '-',
  ]
  expect(await docker(killer, { input: killTree(1) })).toBe('')
})
