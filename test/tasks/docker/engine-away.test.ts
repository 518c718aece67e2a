import { expect, it } from 'vitest'
import { engineAway } from '../../../tasks/docker/engine-away.ts'

it.each([
  // What Docker 26 and 28 print, as it was seen.
  ['Error response from daemon: No such container: nope', false],
  ['error: no such object: nope', false],
  ['', false],
  ['permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock', false],
  ['Cannot connect to the Docker daemon at unix:///run/nope.sock. Is the docker daemon running?', true],
  [
    'error during connect: Get "http://%2Frun%2Feof.sock/v1.45/containers/x/json": read unix @->/run/eof.sock: read: connection reset by peer',
    true,
  ],
  ['error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.45/containers/x/json": EOF', true],
])('%j: the engine is away: %s', (stderr, away) => {
  expect(engineAway(stderr)).toBe(away)
})
