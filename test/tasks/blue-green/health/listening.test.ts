import { describe, expect, it } from 'vitest'
import { type Listener, parseListeners, whyUnreachable } from '../../../../tasks/blue-green/health/listening.ts'

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const row = (local: string, state = '0A', remote = '00000000:0000'): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 35812 1 0000000000000000 100 0 0 10 0`

describe('the listening sockets of a container', () => {
  it.each([
    ['all of IPv4', [row('00000000:1F40')], [{ address: '0.0.0.0', port: 8000 }]],
    ['loopback', [row('0100007F:1F40')], [{ address: '127.0.0.1', port: 8000 }]],
    ['one address', [row('030012AC:0BB8')], [{ address: '172.18.0.3', port: 3000 }]],
    [
      'all of IPv6',
      [row('00000000000000000000000000000000:1F40', '0A', '00000000000000000000000000000000:0000')],
      [{ address: '::', port: 8000 }],
    ],
    ['loopback of IPv6', [row('00000000000000000000000001000000:1F40')], [{ address: '::1', port: 8000 }]],
    [
      'one address of IPv6',
      [row('B80D01200000000067452301EFCDAB89:0050')],
      [{ address: '2001:db8::123:4567:89ab:cdef', port: 80 }],
    ],
    ['IPv4 in an IPv6 socket', [row('0000000000000000FFFF00000100007F:1F40')], [{ address: '127.0.0.1', port: 8000 }]],
    [
      'both, and each once, by port',
      [row('00000000:1F40'), row('00000000:1F40'), head, row('00000000:0BB8')],
      [
        { address: '0.0.0.0', port: 3000 },
        { address: '0.0.0.0', port: 8000 },
      ],
    ],
    [
      'not Docker’s own name server',
      [row('0B00007F:9C4F'), row('0100007F:1F40')],
      [{ address: '127.0.0.1', port: 8000 }],
    ],
    [
      'not a connection that is open, or has ended',
      [row('030012AC:1F40', '01', '010012AC:CAFE'), row('030012AC:1F41', '06')],
      [],
    ],
    ['nothing', [], []],
    ['something else', ['cat: /proc/1/net/tcp: No such file'], []],
  ])('%s', (_, rows, expected) => {
    expect(parseListeners([head, ...rows].join('\n'))).toEqual(expected)
  })
})

describe('why nothing answers on port 8000', () => {
  const listener = (text: string): Listener => ({
    address: text.slice(0, text.lastIndexOf(':')),
    port: Number(text.slice(text.lastIndexOf(':') + 1)),
  })
  const nothing = 'nothing listens on 0.0.0.0:8000 in the container'
  const allAddresses =
    "Let the app listen on all addresses of its container: HOST=0.0.0.0, uvicorn --host 0.0.0.0, gunicorn --bind 0.0.0.0:8000, listen(8000, '0.0.0.0')."
  const port3000 = 'Set `port: 3000` for the app, or let it listen on 8000.'
  const anotherPort = 'Let the app listen on 0.0.0.0:8000, or on another port of all addresses that `port` names.'

  it.each([
    [['127.0.0.1:8000'], `${nothing} (it listens on 127.0.0.1:8000)`, allAddresses],
    [['::1:8000'], `${nothing} (it listens on [::1]:8000)`, allAddresses],
    [['172.19.0.2:8000'], `${nothing} (it listens on 172.19.0.2:8000)`, allAddresses],
    [['0.0.0.0:3000', '127.0.0.1:8000'], `${nothing} (it listens on 0.0.0.0:3000, 127.0.0.1:8000)`, allAddresses],
    [['0.0.0.0:3000'], `${nothing} (it listens on 0.0.0.0:3000)`, port3000],
    [
      ['::1:2999', '127.0.0.2:2999', ':::3000', '0.0.0.0:4000'],
      `${nothing} (it listens on [::1]:2999, 127.0.0.2:2999, [::]:3000, 0.0.0.0:4000)`,
      port3000,
    ],
    [['127.0.0.1:3000'], `${nothing} (it listens on 127.0.0.1:3000)`, anotherPort],
    [['::1:3000'], `${nothing} (it listens on [::1]:3000)`, anotherPort],
    [
      [':::8000'],
      `${nothing} (it listens on [::]:8000, for IPv6 alone)`,
      'Let it listen on 0.0.0.0, or on :: for both.',
    ],
    [
      [':::8000', '0.0.0.0:8000'],
      '0.0.0.0:8000 took no connection, though it listens there now',
      'It may need longer to start: `health: { timeout: … }`.',
    ],
    [
      [],
      `${nothing}, nor on any other port`,
      'It may still be starting, or wait for something: see its log, and `health: { timeout: … }`.',
    ],
    [null, nothing, 'Does the app listen on all addresses, and on `port: 8000`?'],
  ])('%j', (listeners, why, hint) => {
    expect(whyUnreachable(listeners && listeners.map(listener), 8000)).toEqual({ why, hint })
  })
})
