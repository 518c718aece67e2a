import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { askEngine } from '../../../tasks/docker/ask-engine.ts'
import { EngineAwayError } from '../../../tasks/docker/engine-away.ts'

const asked = (stdout: string) => askEngine(new ScriptedHost(() => ({ stdout, code: 1 })).host, 'network', 'shop')
const hint = 'Does it run? systemctl status docker'

describe('a network', () => {
  it('is read from what the engine, or the docker program, prints', async () => {
    expect(await asked('{"Labels":\n{"cutover":"1"}}\n\n200\n')).toEqual({ Labels: { cutover: '1' } })
  })

  it.each(['{"message":"network shop not found"}\n\n404', '404\n'])('does not exist: %j', async (stdout) => {
    expect(await asked(stdout)).toBeNull()
  })

  it.each([
    ['\n000', true, 'it does not answer'],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n500',
      true,
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.',
    ],
    ['{"message":"out of\nmemory"}\n500', false, '{"message":"out of memory"}'],
    ['', false, 'it does not answer'],
  ])('is not known: %j', async (stdout, away, reason) => {
    const error = await asked(stdout).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(CutoverError)
    expect(error instanceof EngineAwayError).toBe(away)
    expect(error).toMatchObject({ message: `Docker does not say whether there is a network shop: ${reason}`, hint })
  })

  it('is asked for by its name in an address and in a command', async () => {
    const host = new ScriptedHost(() => '404')
    await askEngine(host.host, 'volume', 'a b')
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "if [ -S /run/docker.sock ] && command -v curl >/dev/null
          then curl -s -w '\\n%{http_code}' --unix-socket /run/docker.sock http://docker/volumes/a%20b
          elif said=$(docker volume inspect -f '{{json .}}' 'a b' 2>&1); then printf '%s\\n200' "$said"
          else case $said in *"o such "*) echo 404;; *"not found"*) echo 404;; *) printf '%s\\n500' "$said";; esac
          fi",
      ]
    `)
  })
})
