import type { CutoverError, Finding } from '../../runner/index.ts'
import type { PlacedApp, Settings } from '../app/index.ts'
import type { Daemon, Engine } from '../docker/index.ts'
import type { Running } from './containers.ts'
import type { Platform } from '../system/index.ts'

/** What the inventory says of a host, as far as checks need it. */
export interface Patient {
  settings: Settings
  apps: readonly PlacedApp[]
  /** Whether Traefik needs port 443. */
  https: boolean
  /** Where users and operators reach the host, and the other hosts of its apps: addresses and names. */
  addresses: readonly string[]
  /**
   * Ask only for names that the host has not used yet: those of apps and images that setup is about to bring. A setup
   * with nothing to change then waits for no other machine.
   */
  onlyNewNames: boolean
}

/** What the facts of a host say. */
export interface Known {
  /** Or why the host is refused. */
  platform: Platform | CutoverError
  engine: Engine
  daemon: Daemon
  /** Those that run. */
  containers: readonly Running[]
  /** Milliseconds between the host's clock and ours; negative: it is behind. 0 if the round trip hides it. */
  skew: number
}

/** Something to look at on a host. It changes nothing. */
export interface Check {
  /** The subject of its findings, and the heading of its section in what the host prints. */
  name: string
  /** Commands of POSIX sh that print what `find` reads, or '' for none. Each value in them is quoted. */
  script?: (patient: Patient) => string
  /** @param shown what the commands printed */
  find(shown: string, about: Patient & Known): Report[]
}

/** A finding of a check, which has the check's name as its subject unless it names another one. */
export type Report = Omit<Finding, 'subject'> & { subject?: string }

export const ok = (text: string): Report[] => [{ severity: 'ok', text }]
