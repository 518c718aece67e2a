import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { knownLayers, mostShared } from '../../../../tasks/docker/transfer/known-layers.ts'

it.each<[string[], string[][], number]>([
  [['a', 'b', 'c'], [], 0],
  [['a', 'b', 'c'], [['x'], ['a', 'x', 'c'], ['a', 'b']], 2],
  [['a', 'b', 'c'], [['a', 'b', 'c', 'd']], 3],
  // The same content above other layers is another layer for Docker.
  [['a', 'b', 'c'], [['b', 'c']], 0],
  [['a'], [[]], 0],
])('of the layers %j, hosts with %j have the lowest %i', (layers, images, known) => {
  expect(mostShared(layers, images)).toBe(known)
})

it('the layers of a host are asked of its Docker', async () => {
  expect(await knownLayers(new ScriptedHost(() => '["a","b"]\nnull\n').host, ['a', 'b', 'c'])).toBe(2)
  expect(await knownLayers(new ScriptedHost(() => '').host, ['a', 'b', 'c'])).toBe(0)
})
