import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../runner/errors.ts'
import { age } from '../../runner/index.ts'
import { checkedMap, recipientsFile, recipientsOf, save } from '../../tools/secrets-file.ts'

const file = (): string => join(mkdtempSync(join(tmpdir(), 'cutover-secrets-')), 'secrets.age')
const lines = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    return explain(error)
  }
  throw new Error('it was taken')
}
afterEach(() => vi.unstubAllEnvs())

describe('the recipients of a file', () => {
  it('are listed beside it, one a line, with comments', () => {
    const path = file()
    writeFileSync(recipientsFile(path), '# Who can read it\nage1one\n\n  age1two   # Ada\n')
    expect(recipientsOf(path)).toEqual(['age1one', 'age1two'])
  })

  it.each([undefined, '', '# nobody\n\n'])('must be known (%j): others would be locked out', (text) => {
    const path = file()
    if (text !== undefined) writeFileSync(recipientsFile(path), text)
    expect(lines(() => recipientsOf(path))).toEqual([
      `${path}.recipients is missing or empty: who else reads ${path} is not known`,
      `Get it back (git checkout ${path}.recipients), or write it anew: one recipient a line.`,
    ])
  })
})

describe('a saved file', () => {
  it('is encrypted to each recipient once, for its owner alone, with the list beside it', async () => {
    const path = file()
    const identity = await generateX25519Identity()
    const recipient = await identityToRecipient(identity)
    await save(path, 'a: 1\n', [recipient, recipient])
    expect(readFileSync(recipientsFile(path), 'utf8')).toBe(
      `# Who can read ${path}. Change it with: secrets rotate\n${recipient}\n`,
    )
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(existsSync(`${path}.new`)).toBe(false)
    vi.stubEnv('CUTOVER_AGE_KEY', identity)
    expect(await age.decryptFile(path)).toBe('a: 1\n')
  })

  it('stays as it was where a recipient is not valid, or nobody is left', async () => {
    const path = file()
    writeFileSync(path, 'former')
    await expect(save(path, 'a: 1\n', ['age1nonsense'])).rejects.toThrow('age1nonsense')
    await expect(save(path, 'a: 1\n', [])).rejects.toThrow('nobody is left who could read it')
    expect(readFileSync(path, 'utf8')).toBe('former')
    expect(existsSync(recipientsFile(path))).toBe(false)
  })
})

describe('a text of secrets', () => {
  it('is a YAML map', () => {
    expect(checkedMap('a: { b: 1 }\n', 'x')).toBe('a: { b: 1 }\n')
    expect(checkedMap('{}', 'x')).toBe('{}')
  })

  it.each(['- a\n', 'text', '7', '', '# NAME: VALUE\n'])('that is %j is refused', (text) => {
    expect(lines(() => checkedMap(text, 'plain.yaml'))).toEqual(['plain.yaml: a map is expected: NAME: VALUE'])
  })

  it('that is not YAML is refused, with the first line of the reason only: the others show the text', () => {
    const [first, ...others] = lines(() => checkedMap('a: 1\nb: [hunter2\n', 'plain.yaml'))
    expect(first).toMatch(/^plain\.yaml is not valid YAML: .*line 3, column 1:$/)
    expect([first, ...others].join('\n')).not.toContain('hunter2')
  })
})
