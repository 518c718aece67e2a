import { expect, it } from 'vitest'
import { parseContainers } from '../../../tasks/doctor/containers.ts'

/** What Docker 26 answers, shortened. */
const answer = `[{"Id":"1f3c","Names":["/traefik"],"Image":"traefik:v3.7.15","ImageID":"sha256:0","Command":"/entrypoint.sh","Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":80,"Type":"tcp"},{"IP":"::","PrivatePort":80,"PublicPort":80,"Type":"tcp"}],"Labels":{"cutover.stamp":"x"},"State":"running"},{"Id":"aa00","Names":null,"Image":"nginx","Ports":[{"PrivatePort":80,"Type":"tcp"}],"Labels":{},"State":"running"},{"Id":"bb00","Names":["/db"],"Image":"postgres:17","Ports":null,"Labels":null},{"Id":"cc00","Names":["/two"],"Image":"two","Ports":[{"IP":"127.0.0.1","PrivatePort":80,"PublicPort":81,"Type":"tcp"},{"IP":"10.0.0.7","PrivatePort":80,"PublicPort":82,"Type":"udp"}]}]\n`

it('reads the containers, and whose they are', () => {
  expect(parseContainers(answer)).toEqual([
    { id: '1f3c', name: 'traefik', image: 'traefik:v3.7.15', ours: true, ports: [80, 80], reachable: ['80/tcp'] },
    { id: 'aa00', name: 'aa00', image: 'nginx', ours: false, ports: [], reachable: [] },
    { id: 'bb00', name: 'db', image: 'postgres:17', ours: false, ports: [], reachable: [] },
    { id: 'cc00', name: 'two', image: 'two', ours: false, ports: [81, 82], reachable: ['82/udp'] },
  ])
})

it.each(['', '\n', '[]\n'])('there are none in %j', (shown) => expect(parseContainers(shown)).toEqual([]))
