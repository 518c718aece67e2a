import type { Reachable } from './inventory.ts'

/** A host of the inventory by its address; another as it is written: your ssh_config knows it by that name. */
export const jumpAddress = (text: string, { listed, target: { user, alias, port } }: Reachable): string =>
  listed ? `${user}@${alias.includes(':') ? `[${alias}]` : alias}:${port}` : text

/** The hosts to go through to another, the first one first. The first that it names may itself be behind others, as for ssh; nobody is gone through twice. */
export function jumpChain(
  { name, target }: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
  seen = new Set<string>(),
): string[] {
  seen.add(name)
  const jump = target.jump === 'none' ? [] : target.jump
  const first = jump[0] === undefined ? undefined : hop(jump[0])
  return first === undefined || seen.has(first.name) ? [] : [...jumpChain(first, hop, seen), ...jump]
}

/** Why a host is beyond the ssh library, on its own account or for a host on the way, if it is. */
export function needsOpenssh(
  host: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
): string | undefined {
  if (host.target.needsOpenssh !== undefined) return host.target.needsOpenssh
  const way = jumpChain(host, hop)
    .map(hop)
    .find(({ target }) => target.needsOpenssh !== undefined)
  return way && `${way.target.needsOpenssh!}, of ${way.name}`
}
