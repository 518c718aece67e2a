import { type Change, type Task, task } from '../../../runner/index.ts'
import { deadMan, patience, settled, withDeadMan } from './dead-man.ts'
import { isDockers, tellOfClosed } from './listening.ts'
import { splitPort } from './rules.ts'
import type { UfwOptions } from './ufw.ts'

/** ufw's files of rules that come last, and the prefix of its chains in them. */
const files = [
  { path: '/etc/ufw/after.rules', chains: 'ufw' },
  { path: '/etc/ufw/after6.rules', chains: 'ufw6' },
] as const

const [begin, end] = ['# BEGIN CUTOVER', '# END CUTOVER']

/**
 * The block of after.rules (and of after6.rules) that puts Docker's published ports behind ufw: only the `open` ones
 * are reached, and containers can reach out. What is forwarded elsewhere (a VPN, virtual machines) is not affected.
 * Where the chain of Docker does not exist yet, the block makes it, and Docker takes it over as it is.
 */
export function dockerBlock(open: readonly string[], chains: 'ufw' | 'ufw6' = 'ufw'): string {
  const accept = open.map((port) => {
    const { ports, protocol } = splitPort(port)
    return `-A DOCKER-USER -p ${protocol} -m conntrack --ctorigdstport ${ports} -j RETURN`
  })
  return [
    begin,
    '*filter',
    `:${chains}-user-forward - [0:0]`,
    ':DOCKER-USER - [0:0]',
    `-A DOCKER-USER -j ${chains}-user-forward`,
    '-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    '-A DOCKER-USER -i docker0 -j RETURN',
    '-A DOCKER-USER -i br-+ -j RETURN',
    ...accept,
    '-A DOCKER-USER -o docker0 -j DROP',
    '-A DOCKER-USER -o br-+ -j DROP',
    'COMMIT',
    end,
  ].join('\n')
}

/** The text of after.rules with the block at its end, and without an older one. */
export function withBlock(text: string, block: string): string {
  const first = text.indexOf(begin)
  const last = text.indexOf(end)
  const withoutOld = first >= 0 && last > first ? text.slice(0, first) + text.slice(last + end.length) : text
  return `${withoutOld.trimEnd()}\n\n${block}\n`
}

interface Contents extends Change {
  contents: { path: string; text: string }[]
}

/**
 * Docker lets others reach the ports that it publishes before ufw is asked. This closes a published port that ufw does
 * not allow, over IPv4 and IPv6. As with `ufw`, the host takes the change back if it shuts us out.
 */
export function dockerBehindUfw({ allow, seconds = patience, tell }: UfwOptions): Task {
  return task<Contents>({
    name: 'firewall: published ports',
    check: async (host) => {
      await settled(host)
      const all = await Promise.all(
        files.map(async ({ path, chains }) => {
          const before = (await host.read(path)) ?? ''
          return { path, before, text: withBlock(before, dockerBlock(allow, chains)) }
        }),
      )
      const contents = all.filter(({ before, text }) => text !== before)
      if (contents.length === 0) return null
      if (all.every(({ before }) => !before.includes(begin)))
        await tellOfClosed(host, { concerns: isDockers, allow, tell })
      return {
        summary: `only ${allow.join(', ')} reach containers from outside`,
        before: contents.map(({ before }) => before).join('\n'),
        after: contents.map(({ text }) => text).join('\n'),
        contents,
      }
    },
    apply: (host, { contents }) =>
      withDeadMan(host, seconds, async (run) => {
        for (const { path, text } of contents) {
          await host.write(`${deadMan}/next`, text, { mode: '640' })
          await run('mv', '-f', '--', `${deadMan}/next`, path)
        }
        await run('ufw', 'reload')
      }),
  })
}
