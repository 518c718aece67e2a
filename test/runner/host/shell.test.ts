import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'

const value = '$(id)'

/** Runs a command with a value of any type. @returns what was thrown, and the commands that were sent */
const refused = (pieces: TemplateStringsArray, ...args: readonly unknown[]): string => {
  const scripted = new ScriptedHost(() => '')
  const run = scripted.host.$ as (pieces: TemplateStringsArray, ...args: readonly unknown[]) => Promise<unknown>
  try {
    void run(pieces, ...args).catch(() => undefined)
  } catch (error) {
    expect(scripted.commands).toEqual([])
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'not refused'
}

describe('a value that is no word is refused before anything is sent', () => {
  it.each([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', { a: 1 }, 'an object'],
    ['a nested array', [['a']], 'an array in an array'],
    ['an array with undefined', ['a', undefined], 'undefined'],
    ['a boolean', true, 'a boolean'],
    ['NaN', Number.NaN, 'not a finite number'],
    ['a promise', Promise.resolve('x'), 'without await'],
    ['a secret', new Secret('hunter2', 'TOKEN'), 'the secret TOKEN'],
    ['a secret in an array', ['x', new Secret('hunter2', 'TOKEN')], 'the secret TOKEN'],
    ['a NUL', 'a\0b', 'NUL'],
  ])('%s', (_, wrong, reason) => {
    const said = refused`rm -rf ${wrong}/cache`
    expect(said).toContain('TypeError')
    expect(said).toContain(reason)
    expect(said).not.toContain('hunter2')
  })
})

describe('a value in a place where a shell reads no word is refused, with how to write it', () => {
  it.each([
    ['double quotes', () => refused`echo "x ${value} y"`, 'End the quotes'],
    ['single quotes', () => refused`echo 'x ${value} y'`, 'End the quotes'],
    ['quotes after a command', () => refused`echo "$(cat a) ${value}"`, 'End the quotes'],
    ['backticks', () => refused`echo \`cat ${value}\``, '$(…)'],
    ['braces', () => refused`echo "\${x:-${value}}"`, 'a variable first'],
    ['arithmetic', () => refused`echo $((1 + ${value}))`, 'Pass a number'],
    ['a part of a number', () => refused`echo $((1${2}))`, 'Pass a number'],
    ['a comment', () => refused`true # ${value}`, 'outside of the command'],
    ['a here-document', () => refused`cat <<E\n${value}\nE`, 'as input'],
    ['the end of a here-document', () => refused`cat <<${value}`, 'as input'],
    ['a $', () => refused`echo $${value}`, 'as text'],
    ['a backslash', () => refused`echo \\${value}`, 'backslash out'],
    ['a name', () => refused`echo $HOME${value}`, 'in braces'],
    ['~', () => refused`ls ~${value}`, 'path as a whole'],
    ['before >', () => refused`echo ${2}>file`, 'blank after it'],
    ["$'", () => refused`echo $'a' ${value}`, 'env: { VALUE: value }'],
    ['a here-document in $( )', () => refused`echo ${value} $(cat <<E\nE\n)`, 'env: { VALUE: value }'],
    ['a part of a word, for an array', () => refused`rm -rf ${['a', 'b']}/cache`, 'several words'],
    ['a redirection, for an array', () => refused`cat < ${['a', 'b']}`, 'several words'],
  ])('%s', (_, work, remedy) => {
    expect(work()).toContain('TypeError: host.$: the value after')
    expect(work()).toContain(remedy)
  })

  it('names the value, and its place in the code', () => {
    const { host } = new ScriptedHost(() => '')
    expect(() => void host.$`echo ${'fine'} "${'not fine'}"`).toThrow('the value after "')
    try {
      void host.$`echo "${value}"`
    } catch (error) {
      expect((error as Error).stack?.split('\n')[1]).toContain('shell.test.ts')
    }
  })
})

describe('a value where a shell reads a word is accepted', () => {
  const accepted = async (pieces: TemplateStringsArray, ...args: readonly never[]): Promise<string | undefined> => {
    const scripted = new ScriptedHost(() => '')
    await scripted.host.$(pieces, ...args)
    return scripted.commands[0]
  }
  const any = (each: unknown): never => each as never

  it('as one word, or as several', async () => {
    expect(await accepted`a ${any(value)} ${any(5)} ${any(['b c', 'd', 1.5])} x=${any('y z')}/*`).toBe(
      "a '$(id)' 5 'b c' d 1.5 x='y z'/*",
    )
    expect(await accepted`${any(['if', 'if'])} ${any('A=b')}; ${any('A=b')}`).toBe("'if' if A=b; 'A=b'")
    expect(await accepted`echo "$(cat ${any(value)} | head)" $((1 + ${any(-2)} )) a#${any('b')} $$${any('c')}`).toBe(
      `echo "$(cat '$(id)' | head)" $((1 + -2 )) a#b $$c`,
    )
    expect(await accepted`echo "$(case a in a) echo ${any(value)};; esac)" ${any('x')}`).toBe(
      `echo "$(case a in a) echo '$(id)';; esac)" x`,
    )
    expect(await accepted`cat <<E ${any('a b')}\n"it's\nE\nls ${any('c d')} # it's\n${any('e f')}`).toBe(
      `cat <<E 'a b'\n"it's\nE\nls 'c d' # it's\n'e f'`,
    )
  })
})

describe('options', () => {
  it('stand before the command of a scripted host, and add up', async () => {
    const scripted = new ScriptedHost({
      'as postgres, in /srv, with TZ=UTC PGPASSWORD=[secret db]: psql -l': 'out\n\n',
      'in /srv: pwd': { stdout: '{"a":1}', code: 3 },
    })
    const env = { TZ: 'UTC', PGPASSWORD: new Secret('never in a test', 'db') }
    const $ = scripted.host.$({ cwd: '/srv', timeout: 5, input: 'x', pipefail: false })
    const output = await $({ as: 'postgres', env })`psql -l`
    expect([output.text(), output.lines()]).toEqual(['out', ['out']])
    const failed = await $({ nothrow: true })`pwd`
    expect([failed.exitCode, failed.json()]).toEqual([3, { a: 1 }])
    await expect($`pwd`).rejects.toMatchObject({
      name: 'CommandError',
      message: 'in /srv: pwd ended with 3',
      host: 'scripted',
    })
  })

  it.each<[unknown, string]>([
    [
      { shell: '/bin/zsh' },
      "host.$ has no option 'shell'. There are: nothrow, cwd, env, as, input, timeout, pipefail.",
    ],
    [{ timeOut: 3 }, "host.$ has no option 'timeOut'. Did you mean 'timeout'?"],
    [{ timeout: '3s' }, 'host.$: the option timeout is a time in ms, of at most 24 days.'],
    [{ timeout: 0 }, 'timeout is a time'],
    [{ as: 'root; id' }, 'as is the name of a user'],
    [{ as: '-u' }, 'as is the name of a user'],
    [{ cwd: '' }, 'cwd is the path of a folder'],
    [{ cwd: new Secret('/never/in/a/test', 'x') }, 'cwd is the path of a folder'],
    [{ env: { 'A B': 'x' } }, "env has 'A B', which is not the name of a variable"],
    [{ env: { A: undefined } }, 'env has A, whose value is not a text'],
    [{ env: 'A=b' }, 'env is an object'],
    [{ input: 5 }, 'input is a text, a Buffer or a Secret'],
    [{ nothrow: 1 }, 'nothrow is true or false'],
    ['ls', 'host.$ is called with a template'],
    [['ls'], 'host.$ is called with a template'],
    [null, 'host.$ is called with a template'],
  ])('a wrong one is refused: %#', (options, said) => {
    expect(() => new ScriptedHost().host.$(options as never)).toThrow(TypeError)
    expect(() => new ScriptedHost().host.$(options as never)).toThrow(said)
  })

  it('have nothing that does nothing', () => {
    const { host } = new ScriptedHost({ true: '' })
    expect(host.$).not.toHaveProperty('sync')
    expect(host.$`true`).not.toHaveProperty('pipe')
  })
})
