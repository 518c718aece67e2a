import { type Change, type Task, task } from '../../../runner/index.ts'
import { deadMan, patience, settled, withDeadMan } from './dead-man.ts'
import { isDockers, tellOfClosed } from './listening.ts'
import type { UfwOptions } from './ufw.ts'

/** ufw's own files of rules that come last, and how its chains are called there. */
const files = [
  { path: '/etc/ufw/after.rules', chains: 'ufw' },
  { path: '/etc/ufw/after6.rules', chains: 'ufw6' },
] as const

const [begin, end] = ['# BEGIN CUTOVER', '# END CUTOVER']

/**
 * The block of after.rules (and of after6.rules) that puts Docker's published ports behind ufw: only `open` ones, and what
 * containers send. What is forwarded elsewhere (a VPN, virtual machines) is none of its business. Where Docker has no such
 * chain, or comes later, the block makes it, and Docker takes it as it is.
 */
export function dockerBlock(open: readonly string[], chains: 'ufw' | 'ufw6' = 'ufw'): string {
  const accept = open.map((rule) => {
    const [ports, protocol] = rule.split('/')
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

/** after.rules with the block in place of an older one, or at its end. */
export function withBlock(text: string, block: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  const rest = from >= 0 && to > from ? text.slice(0, from) + text.slice(to + end.length) : text
  return `${rest.trimEnd()}\n\n${block}\n`
}

interface Contents extends Change {
  contents: { path: string; text: string }[]
}

/** Docker opens the ports it publishes before ufw is asked: this makes a published port that ufw does not allow closed, over IPv4 and IPv6. */
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
      if (all.every(({ before }) => !before.includes(begin))) await tellOfClosed(host, { of: isDockers, allow, tell })
      const joined = (of: 'before' | 'text'): string => contents.map((each) => each[of]).join('\n')
      return {
        summary: `only ${allow.join(', ')} reach containers from outside`,
        before: joined('before'),
        after: joined('text'),
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
