import { expect, it } from 'vitest'
import { z } from 'zod'
import { keysAt } from '../../../runner/inventory/schema-keys.ts'

const schema = z.strictObject({
  port: z.int(),
  app: z.union([z.literal(false), z.strictObject({ image: z.string() }), z.strictObject({ file: z.string() })]),
  both: z.intersection(z.object({ left: z.string() }), z.object({ right: z.string() })),
  hosts: z.record(z.string(), z.strictObject({ address: z.string() }).nullable()),
  list: z.array(z.strictObject({ item: z.string() })),
})

it.each<[(string | number)[], string[]]>([
  [[], ['port', 'app', 'both', 'hosts', 'list']],
  [['app'], ['image', 'file']],
  [['both'], ['left', 'right']],
  [['hosts'], []],
  [['hosts', 'web'], ['address']],
  [['list'], []],
  [['list', 0], ['item']],
  [['port'], []],
  [['nowhere', 'else'], []],
])('at %j, a schema allows the keys %j', (path, keys) => expect(keysAt(schema, path)).toEqual(keys))
