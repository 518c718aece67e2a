import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { parseInventory } from '../../../runner/index.ts'
import * as names from '../../../tasks/app/names.ts'
import { settings } from '../../../tasks/app/settings.ts'

/** What each kind of name takes as it is, and what it refuses. */
const table: Record<string, { schema: z.ZodType; good: string[]; bad: string[] }> = {
  repository: {
    schema: names.repository,
    good: [
      'ghcr.io/you/shop',
      'shop',
      'registry.example.org:5000/a/b_c-d',
      'localhost:5000/shop',
      '[fd00::1]:5000/shop',
    ],
    bad: [
      'https://ghcr.io/you/shop',
      'ghcr.io/you/shop:1',
      'shop@sha256:0',
      'ghcr.io/You/shop',
      'ghcr.io//shop',
      'ghcr.io/shop/',
      'a b',
      '',
      'shop;id',
    ],
  },
  reference: {
    schema: names.reference,
    good: ['postgres:17', 'traefik', `a.b/c:1@sha256:${'0'.repeat(64)}`, 'localhost:5000/postgres:17-alpine'],
    bad: ['https://x/y:1', 'postgres:', 'postgres:1:2', 'a@sha256:0', 'a b'],
  },
  tag: {
    schema: names.tag,
    good: ['latest', 'v1.2.0', '_x', '1'],
    bad: ['', '.x', 'a/b', 'a:b', 'a b', 'x'.repeat(129)],
  },
  registry: {
    schema: names.registry,
    good: ['ghcr.io', 'localhost:5000', '[::1]:5000', 'x'],
    bad: ['https://ghcr.io', 'ghcr.io/', 'ghcr.io/you', 'a b', '../x', ''],
  },
  domain: {
    schema: names.domain,
    good: ['shop.example.org', 'a-b.c', 'shop'],
    bad: [
      'https://x.org',
      'x.org/',
      'x.org/a',
      'a.org, b.org',
      'a.org b.org',
      'x.org:8443',
      '*.x.org',
      '10.0.0.1',
      '[::1]',
      'fd00::1',
      '-a.org',
      'a..org',
      'a_b.org',
      '',
      `a.org\n`,
      '`) || Host(`x.org',
      `${'a'.repeat(64)}.org`,
    ],
  },
  urlPath: {
    schema: names.urlPath,
    good: ['/', '/health', '/a/b?c=d%20e'],
    bad: ['', 'health', '/a b', '/ä', '/%zz', '/a#b', '/a\nb'],
  },
  email: { schema: names.email, good: ['a@b.org'], bad: ['a', 'a@b', 'a@b.org, c@d.org', 'A <a@b.org>'] },
  sqlName: { schema: names.sqlName, good: ['shop', '_a1'], bad: ['Shop', '1a', 'a-b', 'a;b', 'a'.repeat(64)] },
  systemUser: { schema: names.systemUser, good: ['deploy', '_x-1'], bad: ['root:x', 'a b', '-a', 'A', ''] },
  debianPackage: {
    schema: names.debianPackage,
    good: ['docker.io', 'docker-ce=5:28.0.1-1~debian.12', 'libc6:arm64'],
    bad: ['-y', 'a b', 'a;b', '', 'A'],
  },
  account: { schema: names.account, good: ['you', 'robot$ci+a'], bad: ['a:b', 'a\nb', ''] },
  environmentName: { schema: names.environmentName, good: ['A', '_a1'], bad: ['1A', 'A-B', 'A B', ''] },
  appName: {
    schema: names.appName,
    good: ['shop', 'a-1'],
    bad: ['Shop', '1', 'a_b', 'a'.repeat(32), 'traefik', 'cutover', 'containerd'],
  },
  openPort: {
    schema: names.openPort,
    good: ['443/tcp', '60000:61000/udp', '65535/udp'],
    bad: ['443', '0/tcp', '70000/tcp', '61000:60000/udp', '80:80/tcp', 'ssh/tcp', '1-2/tcp'],
  },
}

describe.each(Object.entries(table))('%s', (_, { schema, good, bad }) => {
  it.each(good)('takes %j', (value) => expect(schema.parse(value)).toBe(value))
  it.each(bad)('refuses %j', (value) => expect(schema.safeParse(value).success).toBe(false))
})

describe('a domain', () => {
  it.each([
    ['Shop.Example.ORG', 'shop.example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ])('%s is %s', (given, read) => expect(names.domain.parse(given)).toBe(read))

  it.each([
    ['https://x.org', 'without https://'],
    ['x.org/', 'without a /'],
    ['a.org, b.org', 'one name'],
    ['x.org:8443', 'without a port'],
    ['10.0.0.1', 'access: local'],
  ])('%s is refused in the inventory, with line and mend', (given, mend) => {
    const text = `hosts: { a: }\napps:\n  shop:\n    image: x/y\n    access: { domain: "${given}" }\n`
    const read = (): unknown => parseInventory(text, 'i.yaml', settings, { topLevelKeys: ['apps'] })
    expect(read).toThrow('i.yaml:5:15')
    expect(read).toThrow(mend)
  })
})
