import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { explain } from '../../runner/errors.ts'
import { loadInventory } from '../../runner/inventory/index.ts'

const schema = z.strictObject({ port: z.int().default(80), name: z.string().optional() })
const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const program = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, 0o755)
  return path
}
const refused = async (path: string): Promise<string> => {
  try {
    await loadInventory(path, schema)
  } catch (error) {
    return explain(error).join('\n')
  }
  throw new Error('it was taken')
}

describe('an inventory that is a program', () => {
  it('may print what ansible-inventory --list prints; variables that only Ansible uses are left out', async () => {
    const list = {
      _meta: {
        hostvars: { a: { ansible_host: '10.9.9.9', ansible_port: 2022, ansible_user: 'pi', port: 4, other: 'x' } },
      },
      all: { children: ['ungrouped', 'web'], vars: { name: 'everybody', ansible_user: 'root' } },
      web: { hosts: ['a', 'b'], vars: { port: 3 } },
      ungrouped: { hosts: ['c'] },
    }
    const path = program('list', `#!/bin/sh\n[ "$1" = --list ] && cat <<'X'\n${JSON.stringify(list)}\nX\n`)
    const inventory = await loadInventory(path, schema)
    expect(
      inventory.hosts.map(
        ({ name, target: { address, user, port }, vars }) =>
          `${name} ${user}@${address}:${port} ${vars.port} ${vars.name}`,
      ),
    ).toEqual(['a pi@10.9.9.9:2022 4 everybody', 'b root@b:22 3 everybody', 'c root@c:22 80 everybody'])
    expect(inventory.select('web').map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it.each([
    ['fails', 'echo "no token" >&2; exit 3', 'failed: no token'],
    ['prints text that is not JSON', 'echo hello', 'did not print valid JSON'],
    ['prints a list', 'echo "[]"', 'expected a map, not a list'],
  ])('that %s says so', async (name, body, message) => {
    const path = program(`bad-${name.replaceAll(' ', '-')}`, `#!/bin/sh\n${body}\n`)
    expect(await refused(path)).toContain(message)
  })

  it('that cannot be started says so once', async () => {
    const path = program('no-interpreter', '#!/nowhere/python\n')
    expect(await refused(path)).toBe(`the inventory ${path} failed: spawn ${path} ENOENT`)
  })
})
