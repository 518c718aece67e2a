import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../runner/cli/run-cli.ts'
import play from './play.ts'
import { type CuttingProxy, cuttingProxy } from './proxy.ts'
import { lightServer, type Server } from './server.ts'

const state =
  "cd /; { find opt/robust etc/robust.conf var/lib/cutover -printf '%p %m %u:%g %s\\n'; find opt/robust etc/robust.conf -type f -exec sha256sum {} +; id -nG guest; } 2>/dev/null | sort"
const reset =
  'pkill -KILL -u deploy sshd; rm -rf /opt/robust /etc/robust.conf /var/lib/cutover; gpasswd -d guest adm; true'

describe('a connection that is cut at every piece that a run sends', () => {
  let server: Server
  let proxy: CuttingProxy
  let through: string
  let direct: string
  beforeAll(async () => {
    server = await lightServer()
    proxy = await cuttingProxy(server.address, 22)
    const inventory = (name: string, address: string, port: number): string => {
      const path = join(server.folder, `${name}.yaml`)
      writeFileSync(
        path,
        JSON.stringify({
          defaults: { user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false },
          hosts: { one: { address, port } },
        }),
      )
      return path
    }
    through = inventory('through', '127.0.0.1', proxy.port)
    direct = inventory('direct', server.address, 22)
  })
  afterAll(async () => {
    proxy.close()
    await server.close()
  })

  const run = async (inventory: string): Promise<{ code: number; output: string }> => {
    let output = ''
    const code = await runCli(play, { argv: ['-i', inventory, '-o', 'plain'], write: (text) => (output += text) })
    return { code, output }
  }

  it('ends in the same state: by the next run where it stays cut, by itself where it can be made again', async () => {
    await server.inside(reset)
    proxy.cutAt(Infinity, true)
    const uncut = await run(through)
    expect(uncut.code, uncut.output).toBe(0)
    const pieces = proxy.sent()
    const whole = await server.inside(state)
    expect(whole).toContain('opt/robust/restarted')
    expect(pieces).toBeGreaterThan(20)
    console.log(`an uncut run sends ${pieces} pieces`)
    for (let piece = 1; piece <= pieces; piece++) {
      await server.inside(reset)
      proxy.cutAt(piece, false)
      const cut = await run(through)
      const next = await run(direct)
      expect(
        [piece, next.code, await server.inside(state), cut.code],
        `cut at piece ${piece}:\n${cut.output}\nthen:\n${next.output}`,
      ).toEqual([piece, 0, whole, cut.code === 0 ? 0 : 3])

      await server.inside(reset)
      proxy.cutAt(piece, true)
      const mended = await run(through)
      // Before there is a shell nothing can be made again: that is a host that does not answer.
      if (mended.code === 0)
        expect(await server.inside(state), `cut once at piece ${piece}:\n${mended.output}`).toBe(whole)
      else expect([piece, mended.code, mended.output.includes('line 1')]).toEqual([piece, 3, false])
      expect((await run(direct)).output).toContain(mended.code === 0 ? 'nothing to change' : 'changed')
    }
  })
})
