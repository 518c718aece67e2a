import { CutoverError, type Finding, type HostView } from '../../runner/index.ts'
import { daemonFact, engineFact } from '../docker/index.ts'
import { type Platform, platformFact } from '../system/index.ts'
import { aptLocks } from './apt-locks.ts'
import { cgroupMemory } from './cgroup-memory.ts'
import type { Check, Known, Patient } from './check.ts'
import { clock, skewOf } from './clock.ts'
import { containersScript, parseContainers } from './containers.ts'
import { disk } from './disk.ts'
import { docker } from './docker.ts'
import { domains } from './domains.ts'
import { firewall } from './firewall.ts'
import { memory } from './memory.ts'
import { openPortsCheck } from './open-ports.ts'
import { ports } from './ports.ts'
import { program } from './program.ts'
import { reboot } from './reboot.ts'
import { registries } from './registries.ts'
import { storage } from './storage.ts'
import { sudo } from './sudo.ts'
import { system } from './system.ts'
import { traefikVersion } from './traefik-version.ts'

/** All checks, in the order of their findings. */
const checks: readonly Check[] = [
  system,
  sudo,
  disk,
  memory,
  clock,
  ports,
  docker,
  storage,
  traefikVersion,
  program,
  firewall,
  openPortsCheck,
  cgroupMemory,
  reboot,
  aptLocks,
  registries,
  domains,
]

/** What is found out about a host. It changes nothing, and everything is read at once, in one round trip. */
export async function examine(host: HostView, patient: Patient): Promise<Finding[]> {
  const [{ sections, skew }, platform, engine, daemon] = await Promise.all([
    readSections(host, patient),
    host.fact(platformFact).catch(refusedPlatform),
    host.fact(engineFact),
    host.fact(daemonFact),
  ])
  const containers = parseContainers(sections.get('containers') ?? '')
  const known: Known = { platform, engine, daemon, containers, skew }
  return checks.flatMap(({ name, find }) =>
    find(sections.get(name) ?? '', { ...patient, ...known }).map(({ severity, subject = name, text, hint }) => ({
      severity,
      subject,
      text,
      ...(hint !== undefined && { hint }),
    })),
  )
}

/** A host that Cutover does not support is a finding, and no failure of the examination. */
function refusedPlatform(error: unknown): Platform | CutoverError {
  if (error instanceof CutoverError && error.constructor === CutoverError) return error
  throw error
}

/** The script of all checks: for each one a heading, and what it prints. A check that fails prints less. */
export const scriptOf = (patient: Patient): string =>
  [
    'echo "$(date +%s%3N)"',
    ...checks.flatMap(({ name, script }) => {
      const commands = script?.(patient) ?? ''
      // A subshell without a command is a mistake for a POSIX shell.
      return commands === '' ? [] : [`echo '== ${name}'`, `(\n${commands}\n) </dev/null`]
    }),
    "echo '== containers'",
    containersScript,
    "echo '== end'",
    'echo "$(date +%s%3N)"',
  ].join('\n')

/** What the checks printed, by their names, and how far the host's clock is from ours. */
async function readSections(
  host: HostView,
  patient: Patient,
): Promise<{ sections: Map<string, string>; skew: number }> {
  const sent = Date.now()
  const { stdout } = await host.quiet`${['env', 'LC_ALL=C', 'sh', '-c', scriptOf(patient)]}`
  const received = Date.now()
  const [began = '', ...parts] = stdout.split(/^== (.*)\n/m)
  const names = parts.filter((_, index) => index % 2 === 0)
  const sections = new Map(names.map((name, index) => [name, parts[index * 2 + 1] ?? '']))
  if (!sections.get('end')?.trim())
    throw new CutoverError('the host did not say all that it was asked', { hint: 'Run it again with --verbose.' })
  const skew = skewOf({ sent, received, began: Number(began), ended: Number(sections.get('end')) })
  return { sections, skew }
}
