import { describe, expect, it } from 'vitest'
import { parseRule, type UfwRule, wantedInWords } from '../../../../tasks/system/ufw/wanted-rule.ts'

describe('a rule of an author', () => {
  it.each<[string | UfwRule, string, 4 | 6 | undefined]>([
    ['443/tcp', 'allow 443/tcp', undefined],
    ['0443/tcp', 'allow 443/tcp', undefined],
    [{ port: 53 }, 'allow 53', undefined],
    [{ port: '9000:9010/udp', action: 'deny' }, 'deny 9000:9010/udp', undefined],
    [{ port: '8005,80,90:91/tcp' }, 'allow 80,90:91,8005/tcp', undefined],
    [{ from: '10.0.0.0/8' }, 'allow from 10.0.0.0/8', 4],
    [{ from: '192.0.2.7/32', port: '22/tcp', action: 'limit' }, 'limit 22/tcp from 192.0.2.7', 4],
    [{ from: 'FD00:0::7', action: 'reject' }, 'reject from fd00::7', 6],
    [{ from: '0.0.0.0/0', port: 1 }, 'allow 1', 4],
    [{ from: '::/0', port: '65535/udp' }, 'allow 65535/udp', 6],
    [{ from: '::1', port: 1 }, 'allow 1 from ::1', 6],
    [{ interface: 'eth0.7@if-a' }, 'allow on eth0.7@if-a', undefined],
    [{ interface: 'docker+', port: 53, comment: 'names & more' }, 'allow on docker+ 53', undefined],
  ])('%j: %s', (rule, words, version) => {
    const parsed = parseRule(rule)
    expect(wantedInWords(parsed)).toBe(words)
    expect(parsed.version).toBe(version)
  })

  it.each<[string | UfwRule, string, RegExp]>([
    ['ssh', '"ssh" is not a port', /^A port is 443\/tcp, 53, 9000:9010\/udp or 80,443\/tcp\.$/],
    ['22/sctp', '"22/sctp" is not a port', /./],
    [{ port: '' }, '"" is not a port', /./],
    [{ port: 22.5 }, '22.5 is not a port', /./],
    [{ port: -1 }, '-1 is not a port', /./],
    ['70000/tcp', 'the port "70000/tcp" does not exist', /from 1 to 65535/],
    [{ port: 0 }, 'the port 0 does not exist', /./],
    ['9010:9000/udp', 'the range of ports "9010:9000/udp" is empty or has one port', /from the lower port/],
    ['9000:9000/udp', 'the range of ports "9000:9000/udp" is empty or has one port', /./],
    ['80,443', 'several ports need a protocol: "80,443"', /^Write 80,443\/tcp or 80,443\/udp\.$/],
    ['80:81', 'several ports need a protocol: "80:81"', /./],
    [
      `${Array.from({ length: 16 }, (_, index) => index + 1).join()}/tcp`,
      '"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16/tcp" is more than ufw takes in one rule',
      /15/,
    ],
    [{ from: 'any' }, '"any" is not an address', /192\.0\.2\.7, 192\.0\.2\.0\/24, 2001:db8::7/],
    [{ from: '10.0.0.0/33' }, '"10.0.0.0/33" is not an address', /./],
    [{ from: 'fe80::1%eth0' }, '"fe80::1%eth0" is not an address', /./],
    [
      { from: '10.0.0.5/8' },
      '10.0.0.5/8 is an address within a network',
      /^Write 10\.0\.0\.0\/8 for the network, or 10\.0\.0\.5 for the address\.$/,
    ],
    [{ from: '::ffff:10.0.0.5' }, '::ffff:10.0.0.5 is an address of IPv4 within IPv6', /address of IPv4\.$/],
    [{ interface: '' }, '"" is not a network interface', /`ip link`/],
    [{ interface: 'eth0; reboot' }, '"eth0; reboot" is not a network interface', /./],
    [{ interface: '+' }, '"+" is not a network interface', /./],
    [{ interface: '-x' }, '"-x" is not a network interface', /./],
    [{ interface: 'a234567890123456' }, '"a234567890123456" is not a network interface', /./],
    [{ interface: 'a23456789012345+' }, '"a23456789012345+" is not a network interface', /./],
    [{ port: 1, comment: "it's" }, 'a firewall rule cannot have the comment "it\'s"', /ASCII/],
    [{ port: 1, comment: 'a\nb' }, 'a firewall rule cannot have the comment "a\\nb"', /./],
    [{ port: 1, comment: '' }, 'a firewall rule cannot have the comment ""', /./],
    [{ port: 1, comment: 'über' }, 'a firewall rule cannot have the comment "über"', /./],
    [{ port: 1, comment: ' a' }, 'a firewall rule cannot have the comment " a"', /./],
    [{}, 'a firewall rule names nothing that it would allow', /a port, an address \(from\) or an interface/],
    [{ action: 'deny' }, 'a firewall rule names nothing that it would deny', /./],
    [{ port: 1, action: 'drop' as 'deny' }, 'a firewall rule cannot "drop"', /allow, limit, deny, reject/],
  ])('%j is refused: %s', (rule, message, hint) => {
    expect(() => parseRule(rule)).toThrow(
      expect.objectContaining({ message, hint: expect.stringMatching(hint) as string }),
    )
  })
})
