import type { Reachable } from './inventory/index.ts'

/** A host of the inventory by its address; another as it is written: your ssh_config knows it by that name. */
export const jumpOf = (text: string, { listed, target: { user, alias, port } }: Reachable): string =>
  listed ? `${user}@${alias.includes(':') ? `[${alias}]` : alias}:${port}` : text

/** The hosts to go through to another, the first one first. The first that it names may itself be behind others, as for ssh; nobody is gone through twice. */
export function wayTo(
  { name, target }: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
  seen = new Set<string>(),
): string[] {
  seen.add(name)
  const jump = target.jump === 'none' ? [] : target.jump
  const first = jump[0] === undefined ? undefined : hop(jump[0])
  return first === undefined || seen.has(first.name) ? [] : [...wayTo(first, hop, seen), ...jump]
}

/** Why a host is beyond the ssh library, on its own account or for a host on the way, if it is. */
export function beyondSsh(
  host: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
): string | undefined {
  if (host.target.beyond !== undefined) return host.target.beyond
  const way = wayTo(host, hop)
    .map(hop)
    .find(({ target }) => target.beyond !== undefined)
  return way && `${way.target.beyond!}, of ${way.name}`
}
