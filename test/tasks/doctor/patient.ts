import { parseInventory } from '../../../runner/index.ts'
import { appsOf } from '../../../tasks/app/apps.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'
import type { Known, Patient, Report } from '../../../tasks/doctor/check.ts'
import { patientOf } from '../../../tasks/doctor/patient.ts'

/** A host of an inventory, with what is usual. */
export function patient(inventory = 'hosts: { a: { address: 192.0.2.1 } }\n', more: Partial<Patient> = {}): Patient {
  const parsed = parseInventory(inventory, 'inventory.yaml', settings, { topLevelKeys: topLevel })
  const [host] = parsed.hosts
  if (!host) throw new Error('the inventory has no host')
  return { ...patientOf(parsed, host, appsOf(parsed, host)), ...more }
}

/** A Debian with the distribution's Docker, where all is as it should be. */
export const known: Known = {
  platform: {
    distro: 'debian',
    release: '13',
    codename: 'trixie',
    base: { distro: 'debian', codename: 'trixie' },
    architecture: 'amd64',
    docker: 'linux/amd64',
  },
  engine: { kind: 'docker.io', daemon: true, compose: true, path: '/usr/sbin/dockerd', plugin: false },
  daemon: {
    unit: true,
    running: [],
    flags: [],
    live: true,
    version: '26.1.5+dfsg1',
    driver: 'overlay2',
    swarm: false,
    path: '/etc/docker/daemon.json',
    file: { mode: '644', owner: '0:0', text: '{"live-restore": true}\n' },
  },
  containers: [],
  skew: 0,
}

/** Findings as a person reads them: `severity: text | hint`. */
export const lines = (reports: readonly Report[]): string[] =>
  reports.map(({ severity, text, hint }) => `${severity}: ${text}${hint === undefined ? '' : ` | ${hint}`}`)
