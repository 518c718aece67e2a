import { type Change, type Task, task } from '../../../runner/index.ts'
import { closedBy, readBridges } from './bridges.ts'
import { deadMan, patience, settled, withDeadMan } from './dead-man.ts'
import { isDockers, tellOfClosed } from './listening.ts'
import { isEverywhere, type Rule } from './rules.ts'
import type { UfwOptions } from './ufw.ts'
import { letInBy, parseLists, type WantedLists } from './wanted-list.ts'
import { rulesOfVersion, wantedInWords } from './wanted-rule.ts'

/** ufw's files of rules that come last, and the prefix of its chains in them. */
const files = [
  { path: '/etc/ufw/after.rules', chains: 'ufw', version: 4 },
  { path: '/etc/ufw/after6.rules', chains: 'ufw6', version: 6 },
] as const

const [begin, end] = ['# BEGIN CUTOVER', '# END CUTOVER']

/**
 * The block of after.rules (and of after6.rules) that puts Docker's published ports behind ufw: only what the rules let
 * in reaches them, and containers can reach out. What is forwarded elsewhere (a VPN, virtual machines) is not affected.
 * Where the chain of Docker does not exist yet, the block makes it, and Docker takes it over as it is.
 * @param bridges those of Docker's networks
 */
export function dockerBlock(rules: readonly Rule[], bridges: readonly string[], chains: 'ufw' | 'ufw6'): string {
  return [
    begin,
    '*filter',
    `:${chains}-user-forward - [0:0]`,
    ':DOCKER-USER - [0:0]',
    `-A DOCKER-USER -j ${chains}-user-forward`,
    '-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    ...bridges.map((bridge) => `-A DOCKER-USER -i ${bridge} -j RETURN`),
    ...rules.flatMap((rule) => forwarded(rule, bridges)),
    ...bridges.map((bridge) => `-A DOCKER-USER -o ${bridge} -j DROP`),
    'COMMIT',
    end,
  ].join('\n')
}

/** A rule of ufw for what Docker forwards to containers: the port is the one that was dialled. */
function forwarded({ action, protocol, ports, from, interfaceName }: Rule, bridges: readonly string[]): string[] {
  const about = `${interfaceName === '' ? '' : ` -i ${interfaceName}`}${isEverywhere(from) ? '' : ` -s ${from}`}`
  const protocols = protocol !== 'any' ? [protocol] : ports === 'any' ? [''] : ['tcp', 'udp']
  const matches = protocols.flatMap((name) =>
    ports.split(',').map((port) => {
      const one = port === 'any' ? '' : ` -m conntrack --ctorigdstport ${port}`
      return `${about}${name === '' ? '' : ` -p ${name}`}${one}`
    }),
  )
  return matches.flatMap((match) =>
    action === 'allow'
      ? [`-A DOCKER-USER${match} -j RETURN`]
      : bridges.flatMap((bridge) => verdictLines(`-A DOCKER-USER -o ${bridge}${match}`, action)),
  )
}

/** Packets of connections that are let in already do not come so far. */
const verdictLines = (match: string, action: Rule['action']): string[] =>
  action === 'limit'
    ? [
        `${match} -m recent --name cutover --set`,
        `${match} -m recent --name cutover --update --seconds 30 --hitcount 6 -j DROP`,
        `${match} -j RETURN`,
      ]
    : [`${match} -j ${action === 'reject' ? 'REJECT' : 'DROP'}`]

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

/** What reaches containers from outside, for a summary. */
const inSummary = ({ wanted }: WantedLists): string =>
  wanted
    .filter(({ action }) => action === 'allow' || action === 'limit')
    .map((rule) => wantedInWords(rule).replace(/^allow /, ''))
    .join(', ') || 'nothing'

/**
 * Docker lets others reach the ports that it publishes before ufw is asked. This closes a published port that the rules
 * do not allow, over IPv4 and IPv6. As with `ufw`, the host takes the change back if it shuts us out.
 */
export function dockerBehindUfw({ seconds = patience, tell, owner, ...lists }: UfwOptions): Task {
  const wanted = parseLists(lists)
  return task<Contents>({
    name: 'firewall: published ports',
    check: async (host) => {
      await settled(host)
      const [named, ...texts] = await Promise.all([readBridges(host), ...files.map(({ path }) => host.read(path))])
      const bridges = named ?? closedBy(texts.join('\n'))
      const all = files.map(({ path, chains, version }, index) => {
        const before = texts[index] ?? ''
        const rules = rulesOfVersion(wanted.wanted, version, () => '')
        return { path, before, text: withBlock(before, dockerBlock(rules, bridges, chains)) }
      })
      const contents = all.filter(({ before, text }) => text !== before)
      if (contents.length === 0) return null
      if (all.every(({ before }) => !before.includes(begin)))
        await tellOfClosed(host, { concerns: isDockers, rules: letInBy(wanted), owner, tell })
      return {
        summary: `only ${inSummary(wanted)} reach containers from outside`,
        before: contents.map(({ before }) => before).join('\n'),
        after: contents.map(({ text }) => text).join('\n'),
        contents,
      }
    },
    apply: (host, { contents }) =>
      withDeadMan(host, { seconds }, async (run) => {
        for (const { path, text } of contents) {
          await host.write(`${deadMan}/next`, text, { mode: '640' })
          await run('mv', '-f', '--', `${deadMan}/next`, path)
        }
        await run('ufw', 'reload')
      }),
  })
}
