import { expect, it } from 'vitest'
import type { Daemon } from '../../../tasks/docker/index.ts'
import { storage } from '../../../tasks/doctor/storage.ts'
import { known, lines, patient } from './patient.ts'

const found = (more: Partial<Daemon>, inventory?: string): string[] =>
  lines(storage.find('', { ...patient(inventory), ...known, daemon: { ...known.daemon, ...more } })).map((line) =>
    line.replace(/ \| .*/s, ''),
  )

it.each<[string, Partial<Daemon>, string[]]>([
  ['as it should be', {}, ['ok: storage driver overlay2', 'ok: live-restore is on']],
  [
    'vfs',
    { driver: 'vfs' },
    [
      'warning: the storage driver vfs copies every layer for every container: releases are slow, and the disk fills up',
      'ok: live-restore is on',
    ],
  ],
  [
    'devicemapper',
    { driver: 'devicemapper' },
    ['warning: the storage driver devicemapper is gone from newer versions of Docker', 'ok: live-restore is on'],
  ],
  [
    'live-restore not yet',
    { live: false, file: undefined },
    ['ok: storage driver overlay2', 'ok: live-restore is off; setup turns it on'],
  ],
  [
    'a daemon.json that Docker cannot read',
    { file: { mode: '644', owner: '0:0', text: '{' } },
    [
      'ok: storage driver overlay2',
      expect.stringMatching(/^error: \/etc\/docker\/daemon.json: it is not valid JSON/) as string,
    ],
  ],
  [
    'a swarm',
    { swarm: true },
    [
      'ok: storage driver overlay2',
      'note: live-restore is left off: Docker refuses it on a node of a swarm; when dockerd ends, every container on this host ends with it',
    ],
  ],
  ['a dockerd that does not answer', { version: undefined, driver: undefined, live: undefined }, []],
])('%s', (_, more, expected) => expect(found(more)).toEqual(expected))

it('a setting that is left alone is told as it is', () => {
  expect(found({ live: false }, 'hosts: { a: {} }\nvars: { docker: { live_restore: false } }\n')[1]).toBe(
    'ok: live-restore is off',
  )
})
