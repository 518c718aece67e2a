import { expect, it } from 'vitest'
import { exec } from '../../lab/exec.ts'
import { completionScript } from '../../tools/completion.ts'

const script = completionScript('bash', { setup: ['--check', '--limit'], deploy: ['--tag'] })

it.each([
  ['dep', 1, 'deploy'],
  ['', 1, 'setup deploy'],
  ['--l', 2, '--limit'],
])('a real bash completes %j', async (word, place, expected) => {
  const words = place === 1 ? `(cutover '${word}')` : `(cutover setup '${word}')`
  const completed = `${script}\nCOMP_WORDS=${words}; COMP_CWORD=${place}; _cutover; echo "\${COMPREPLY[@]}"`
  expect(await exec(['bash', '-c', completed])).toBe(expected)
})
