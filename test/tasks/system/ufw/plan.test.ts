import { describe, expect, it } from 'vitest'
import { plan, type Wanted } from '../../../../tasks/system/ufw/plan.ts'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'
import { mark } from '../../../../tasks/system/ufw/table.ts'
import { real, tuple, way } from './samples.ts'

const ours = (ports: string, from = '0.0.0.0/0', to = '0.0.0.0/0'): string =>
  tuple(`allow tcp ${ports} ${to} any ${from} in comment=${Buffer.from(mark).toString('hex')}`)
const commands = (text: string, { allow = [], by = way }: { allow?: string[]; by?: Wanted['way'] } = {}): string[] =>
  plan({ v4: parseRules(text), v6: undefined }, { allow, way: by }).commands.map((each) => each.join(' '))
const comment = `comment ${mark}`

describe('what is done', () => {
  it('nothing, where this connection gets in', () => {
    expect(commands(tuple(real['allow OpenSSH comment x']))).toEqual([])
    expect(commands(ours('22'))).toEqual([])
  })

  it('the port of this connection is opened, though a rule for another interface has it', () => {
    expect(commands(tuple(real['allow in on tailscale0 to any port 22 proto tcp']))).toEqual([
      `allow proto tcp from 0.0.0.0/0 to any port 22 ${comment}`,
    ])
  })

  it('before a rule that would make it inert, which stays; in other words where ufw would take the two for one', () => {
    expect(commands(`${tuple(real['deny from 10.0.0.0/8'])}\n${tuple(real['allow 22/tcp'])}`)).toEqual([
      `prepend allow proto tcp from 10.213.1.1 to any port 22 ${comment}`,
    ])
    expect(
      commands(`${tuple(real['allow OpenSSH comment x'])}\n${tuple(real['reject 80/tcp'])}`, { allow: ['80/tcp'] }),
    ).toEqual([`insert 2 allow proto tcp from 0.0.0.0/0 port 1:65535 to any port 80 ${comment}`])
  })

  it('ports that left the inventory are closed again, others’ stay, and so does the way in', () => {
    const text = [
      ours('22'),
      ours('80'),
      ours('5432'),
      tuple(real['allow 80,443/tcp']),
      tuple('allow tcp 5433 0.0.0.0/0 any 0.0.0.0/0 in'),
    ].join('\n')
    expect(commands(text, { allow: ['80/tcp'] })).toEqual([
      `delete allow proto tcp from 0.0.0.0/0 to any port 5432 ${comment}`,
    ])
  })

  it('a port is opened for both kinds of addresses, and closed for both', () => {
    const six = ours('5432', '::/0', '::/0')
    const done = plan(
      { v4: parseRules(`${ours('22')}\n${ours('5432')}`), v6: parseRules(six) },
      { allow: ['443/tcp'], way },
    )
    expect(done.words).toEqual(
      ['allow 443/tcp', "remove 'allow 5432/tcp'", 'allow 22/tcp (IPv6)'].sort(
        (a, b) => done.words.indexOf(a) - done.words.indexOf(b),
      ),
    )
    expect(done.commands.filter(([verb]) => verb === 'delete')).toHaveLength(2)
  })

  it('without a connection over the network, the port that one would come by', () => {
    expect(commands('', { by: { port: 2222 } })).toEqual([`allow proto tcp from 0.0.0.0/0 to any port 2222 ${comment}`])
  })

  it('is refused where it would close the kind of address that we came by', () => {
    expect(() => plan({ v4: [], v6: undefined }, { allow: [], way: { ...way, from: 'fd00::5' } })).toThrow(
      'ufw would close IPv6',
    )
  })
})
