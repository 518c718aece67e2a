import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentFiles } from '../../../tasks/app/environment.ts'

const pem = '-----BEGIN KEY-----\nMIIEvQ+/=\n  $(id) `id` "q" \'s\' \\n #\n-----END KEY-----\n'

describe('an app’s environment', () => {
  it('keeps ordinary values on lines of Docker’s file, as they are', () => {
    const { docker, shell } = environmentFiles('shop', { A: ' $x #"\' ', B: '', C: '#ü\rend' })
    expect(docker.reveal()).toBe('A= $x #"\' \nB=\nC=#ü\rend\n')
    expect(shell.reveal()).toBe('')
  })

  it.each([
    ['several lines', pem],
    ['CR at the end', 'x\r'],
    ['only a line’s end', '\n'],
    ['70 KiB', 'ü'.repeat(35_000)],
    ['a blank line first', '\n\n x'],
  ])('gives %s to Docker by a shell, exactly', (_, value) => {
    const { docker, shell } = environmentFiles('shop', { BEFORE: 'a', KEY: value, AFTER: 'b' })
    expect(docker.reveal()).toBe('BEFORE=a\nKEY\nAFTER=b\n')
    const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'app.env.sh')
    writeFileSync(path, shell.reveal())
    const seen = execFileSync('sh', ['-euc', '. "$1"; exec env -0', 'sh', path], { encoding: 'utf8', maxBuffer: 1e7 })
    expect(seen.split('\0').find((each) => each.startsWith('KEY='))).toBe(`KEY=${value}`)
  })

  it('refuses what no environment can hold, and several lines under a name that Docker listens to', () => {
    expect(() => environmentFiles('shop', { KEY: 'a\0b' })).toThrow('KEY of shop contains a NUL byte')
    expect(() => environmentFiles('shop', { KEY: 'a\ud800b' })).toThrow('KEY of shop contains half of a character')
    expect(() => environmentFiles('shop', { KEY: 'x'.repeat(128 * 1024) })).toThrow('longer than 128 KiB')
    for (const name of ['PATH', 'DOCKER_HOST', 'https_proxy', 'LD_PRELOAD', 'BASH_ENV', 'ENV'])
      expect(() => environmentFiles('shop', { [name]: 'a\nb' })).toThrow(`${name} of shop has several lines`)
    expect(
      environmentFiles('shop', {
        PATH: '/bin',
        DOCKER_HOST: 'x',
        ENVIRONMENT: 'a\nb',
        HOMEPAGE: 'a\nb',
      }).shell.reveal(),
    ).not.toContain('PATH')
  })
})
