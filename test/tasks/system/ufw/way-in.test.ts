import { describe, expect, it } from 'vitest'
import { parseWay } from '../../../../tasks/system/ufw/way-in.ts'

describe('how this session came in', () => {
  it.each([
    [
      'way 10.213.1.1 10.213.1.11 22\nroute 10.213.1.1 dev eth0 src 10.213.1.11 uid 0\naddress 9: eth0    inet 10.213.1.11/24 scope global eth0\n',
      { from: '10.213.1.1', to: '10.213.1.11', port: 22, interfaceName: 'eth0' },
    ],
    [
      'way ::ffff:10.0.0.5 ::ffff:10.0.0.1 2222\nroute 10.0.0.5 dev eth0 src\naddress 3: eth1    inet 10.0.0.1/24\n',
      { from: '10.0.0.5', to: '10.0.0.1', port: 2222, interfaceName: undefined },
    ],
    ['way fe80::1%eth0 fe80::2%eth0 22\n', { from: 'fe80::1', to: 'fe80::2', port: 22, interfaceName: undefined }],
    ['', undefined],
  ])('%j', (stdout, expected) => {
    expect(parseWay(stdout)).toEqual(expected)
  })
})
