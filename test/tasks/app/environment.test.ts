import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { environmentFile, environmentFiles, exportsFile } from '../../../tasks/app/environment.ts'

const kib = 1024

const texts = (values: Record<string, string | Secret>): { docker: string; shell: string } => {
  const { docker, shell } = environmentFiles('shop', values)
  return { docker: docker.reveal(), shell: shell.reveal() }
}

describe('an app’s environment', () => {
  it('lies in its folder', () => {
    expect([environmentFile('shop'), exportsFile('shop')]).toEqual(['/opt/shop/app.env', '/opt/shop/app.env.sh'])
  })

  it('keeps ordinary values on lines of Docker’s file, as they are', () => {
    const values = { A: ' $x #"\' ', B: '', C: '#ü\rend', D: new Secret('s3cret', 'D of shop') }
    expect(texts(values)).toEqual({ docker: 'A= $x #"\' \nB=\nC=#ü\rend\nD=s3cret\n', shell: '' })
  })

  it('is secret as a whole', () => {
    const { docker, shell } = environmentFiles('shop', { A: 'b' })
    expect([docker.label, shell.label]).toEqual(['environment of shop', 'environment of shop'])
  })

  // test/integration/environment.test.ts shows that a shell reads the exports so.
  it.each([
    ['several lines', "a\n$(id) 'b'\n"],
    ['CR at the end', 'x\r'],
    ['only a line’s end', '\n'],
    ['70 KiB', 'ü'.repeat(35 * kib)],
    ['60 KiB with the name', 'x'.repeat(60 * kib - 'KEY='.length)],
  ])('exports %s by a shell', (_, value) => {
    const { docker, shell } = texts({ BEFORE: 'a', KEY: value, AFTER: 'b' })
    expect(docker).toBe('BEFORE=a\nKEY\nAFTER=b\n')
    expect(shell).toMatch(/^export KEY=[^]*\n$/)
  })

  it('has one byte less than 60 KiB on a line, with the name', () => {
    expect(texts({ KEY: 'x'.repeat(60 * kib - 'KEY='.length - 1) }).shell).toBe('')
  })

  it('takes up to 128 KiB, with the name and a NUL', () => {
    const longest = 'x'.repeat(128 * kib - 'KEY='.length - 1)
    expect(texts({ KEY: longest }).docker).toBe('KEY\n')
    expect(() => texts({ KEY: `${longest}x` })).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: 'KEY of shop is longer than 128 KiB, which Linux passes on to no program',
        hint: 'Keep it in a file or in the database, and put its path or key into the environment.',
      }) as Error,
    )
  })

  it.each([
    ['a\0b', 'KEY of shop contains a NUL byte, which no environment can carry'],
    ['a\ud800b', 'KEY of shop contains half of a character (\\ud800 to \\udfff), which UTF-8 cannot encode'],
  ])('refuses %j', (value, message) => {
    expect(() => texts({ KEY: value })).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message,
        hint: 'Encode it (base64), and decode it in the app.',
      }) as Error,
    )
  })

  it.each(['PATH', 'DOCKER_HOST', 'https_proxy', 'LD_PRELOAD', 'BASH_ENV', 'ENV'])(
    'refuses several lines under the name %s, which Docker uses itself',
    (name) => {
      expect(texts({ [name]: 'one line' }).docker).toBe(`${name}=one line\n`)
      expect(() => texts({ [name]: 'a\nb' })).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          message: `${name} of shop has several lines (or is very long), and Docker itself uses a variable of that name`,
          hint: 'Give it another name in the app, or encode it (base64).',
        }) as Error,
      )
    },
  )

  it.each(['ENVIRONMENT', 'HOMEPAGE', 'MY_PATH', 'PS5', 'PROXY'])('takes several lines under the name %s', (name) => {
    expect(texts({ [name]: 'a\nb' }).docker).toBe(`${name}\n`)
  })
})
