import { describe, expect, it } from 'vitest'
import { allOurs, isOurs, notOurs } from '../../../tasks/docker/ours.ts'
import { container } from './containers.ts'

it.each([
  [{ cutover: '1' }, true],
  [{ other: '', 'cutover.stamp': '' }, true],
  [{ cutovers: '1', 'x.cutover': '1' }, false],
  [{}, false],
  [null, false],
  [undefined, false],
])('labels %j are ours: %s', (labels, ours) => {
  expect(isOurs(labels)).toBe(ours)
})

describe('what somebody else has made is refused, with what to do', () => {
  it.each(['container', 'network', 'volume'] as const)('a %s', (kind) => {
    const { message, hint } = notOurs(kind, 'shop')
    expect(message).toBe(`the ${kind} shop is not Cutover's: it has no label of that name`)
    expect(hint?.split('\n')).toEqual([
      `It is left as it is, and nothing was changed. See whose it is: ${
        {
          container: 'docker ps -a --no-trunc --filter name=^/shop$',
          network: 'docker network inspect shop',
          volume: 'docker volume inspect shop; docker ps -a --filter volume=shop',
        }[kind]
      }`,
      {
        container:
          'If it stays, give it another name (docker rename shop OTHER-NAME); if it may go, remove it (docker rm -f shop).',
        network: 'Move what is on it to a network of another name, and remove it: docker network rm shop',
        volume: 'Copy what you need of it to a volume of another name, and remove it: docker volume rm shop',
      }[kind],
      'Then run this again.',
    ])
  })

  it('one of several containers', () => {
    const foreign = container({ name: 'shop-blue' })
    foreign.Config.Labels = null
    expect(() => allOurs([container(), foreign])).toThrow("the container shop-blue is not Cutover's")
    expect(() => allOurs([container(), container()])).not.toThrow()
    expect(() => allOurs([])).not.toThrow()
  })
})
