import { expect, it } from 'vitest'
import { aptSourcesFact } from '../../../../tasks/docker/engine/apt-sources-fact.ts'

it.each([
  ['', { ours: false, others: false }],
  ['ours\nsuite trixie\n', { ours: true, suite: 'trixie', others: false }],
  ['ours\n', { ours: true, others: false }],
  ['other /etc/apt/sources.list.d/docker.list\n', { ours: false, others: true }],
  ['ours\nsuite noble\nother /etc/apt/sources.list\n', { ours: true, suite: 'noble', others: true }],
])('the sources of a host that prints %j', (stdout, expected) => {
  expect(aptSourcesFact.parse(stdout)).toEqual(expected)
})
