import type { Reachable } from './model.ts'

/**
 * How the ssh program is told to connect to a jump host: a host of the inventory by its address, any other as it is
 * written, because the user's ssh_config knows it by that name.
 */
export const jumpAddress = (text: string, { listed, target: { user, alias, port } }: Reachable): string =>
  listed ? `${user}@${alias.includes(':') ? `[${alias}]` : alias}:${port}` : text

/**
 * The jump hosts on the way to a host, the first one first. As with ssh, the first jump host that is named may itself
 * be behind others; no host occurs twice on the way.
 * @param hop finds a jump host by its text
 */
export function jumpChain(
  { name, target }: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
  visited = new Set<string>(),
): string[] {
  visited.add(name)
  const jumps = target.jump === 'none' ? [] : target.jump
  const first = jumps[0] === undefined ? undefined : hop(jumps[0])
  return first === undefined || visited.has(first.name) ? [] : [...jumpChain(first, hop, visited), ...jumps]
}

/** Why the ssh library cannot connect to a host, because of the host itself or of a jump host; undefined if it can. */
export function needsOpenssh(
  host: Pick<Reachable, 'name' | 'target'>,
  hop: (text: string) => Reachable,
): string | undefined {
  if (host.target.needsOpenssh !== undefined) return host.target.needsOpenssh
  for (const { name, target } of jumpChain(host, hop).map(hop))
    if (target.needsOpenssh !== undefined) return `${target.needsOpenssh}, of ${name}`
  return undefined
}
