import { expect, it } from 'vitest'
import type { Running } from '../../../tasks/doctor/containers.ts'
import { traefikVersion } from '../../../tasks/doctor/traefik-version.ts'
import { known, lines, patient } from './patient.ts'

const found = (version: string | undefined, image: string, containers: readonly Running[] = []): string[] =>
  lines(
    traefikVersion.find('', {
      ...patient(`hosts: { a: {} }\nvars: { traefik: { image: '${image}' } }\n`),
      ...known,
      daemon: { ...known.daemon, version },
      containers,
    }),
  ).map((line) => line.replace(/ \| .*/s, ''))
const other = (image: string, ours = false): Running => ({
  id: 'x',
  name: 'edge',
  image,
  ours,
  ports: [],
  reachable: [],
})

it.each([
  ['traefik:v3.7.15', 'ok: traefik:v3.7.15'],
  ['registry.lab:5000/traefik:v3.7.15', 'ok: registry.lab:5000/traefik:v3.7.15'],
  ['traefik:v3', 'note: traefik:v3 is not a full version, and the next pull may bring another one'],
  ['traefik:v3.7', 'note: traefik:v3.7 is not a full version, and the next pull may bring another one'],
  ['traefik:latest', 'note: traefik:latest is not a full version, and the next pull may bring another one'],
])('the image %s', (image, line) => expect(found('29.0.0', image)).toEqual([line]))

it.each([
  ['29.1.2', 'traefik:v3.5.2', true],
  ['29.1.2', 'docker.io/library/traefik:v2.11', true],
  ['29.1.2', 'traefik:v3.6.1', false],
  ['29.1.2', 'traefik:v3', false],
  ['29.1.2', 'traefik', false],
  ['29.1.2', 'nginx:1.27', false],
  ['28.5.2', 'traefik:v3.5.2', false],
  [undefined, 'traefik:v3.5.2', false],
])('Docker %s and the container of somebody else’s %s', (version, image, isTold) => {
  const [, ...told] = found(version, 'traefik:v3.7.15', [other(image)])
  expect(told).toEqual(
    isTold ? [`warning: the container edge (${image}) cannot ask Docker ${version} for its routes`] : [],
  )
})

it('our own Traefik asks no Docker, whatever its version', () => {
  expect(found('29.1.2', 'traefik:v3.5.2', [other('traefik:v3.5.2', true)])).toEqual(['ok: traefik:v3.5.2'])
})
