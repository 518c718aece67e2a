import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { download } from '../../tasks/system/download/download.ts'
import { applied } from './applied.ts'
import { makeCertificates } from './certificates.ts'
import { releases } from './releases.ts'

const content = Buffer.alloc(300_000, 'a tool\n')
const sha256 = createHash('sha256').update(content).digest('hex')
const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** A server with a certificate of a private CA, and one whose certificate is of no CA. The host reaches this machine's ports. */
describe.skipIf(!inject('lab')).each(releases)('a download over https on Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  /** The CA's certificate, as PEM. */
  let ca: string
  const servers: Server[] = []
  /** What was asked for without TLS. */
  const plainly: string[] = []
  /** How often a file was asked for whose first answers are cut off. */
  let cut = 0
  let [good, stranger, elsewhere, plain] = [0, 0, 0, 0]

  const listening = async (server: Server): Promise<number> => {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return portOf(server)
  }

  beforeAll(async () => {
    const certificates = await makeCertificates(mkdtempSync(join(tmpdir(), 'cutover-certificates-')))
    ca = certificates.ca
    plain = await listening(
      createPlainServer((request, response) => (plainly.push(request.url ?? ''), response.end(content))),
    )
    const serve = (pair: { key: Buffer; cert: Buffer }): Promise<number> =>
      listening(
        createServer(pair, ({ url = '' }, response) => {
          const to = { '/moved': '/tool', '/to-http': `http://127.0.0.1:${plain}/tool`, '/circle': '/circle' }[url]
          if (to !== undefined) response.writeHead(302, { location: to }).end()
          else if (url === '/cut' && ++cut % 2 === 1)
            response
              .writeHead(200, { 'content-length': content.length })
              .write(content.subarray(0, 1000), () => response.destroy())
          else if (url === '/busy') response.writeHead(503).end('busy')
          else if (url === '/tool' || url === '/cut') response.end(content)
          else response.writeHead(404).end('no such file')
        }),
      )
    good = await serve(certificates.good)
    stranger = await serve(certificates.stranger)
    elsewhere = await serve(certificates.elsewhere)
    const names = ['--add-host', 'fake.test:127.0.0.1']
    there = await throwAway({ debian, run: ['--network', 'host', ...names] })
    host = there.host
    await host.$`apt-get install -qy --no-download --no-install-recommends curl; mv /usr/bin/curl /usr/bin/curl.away
      apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends wget; mv /usr/bin/wget /usr/bin/wget.away`
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await there.close()
  })

  const url = (path: string, port = good): string => `https://fake.test:${port}${path}`
  const tool = (from: string): Task => download({ url: from, to: '/opt/tool', sha256, mode: '755' })
  const listed = async (): Promise<string> => (await host.$`ls -A /opt`).stdout

  describe.each(['curl', 'wget'])('by %s alone', (program) => {
    beforeAll(() =>
      host.$`mv ${`/usr/bin/${program}.away`} ${`/usr/bin/${program}`}; rm -f /opt/tool`.then(() => undefined),
    )
    afterAll(() => host.$`mv ${`/usr/bin/${program}`} ${`/usr/bin/${program}.away`}`.then(() => undefined))
    beforeEach(() => void plainly.splice(0))

    it('of a server whose CA is not known: says so, and changes nothing', async () => {
      await host.$`rm -f /usr/local/share/ca-certificates/lab.crt; update-ca-certificates`
      const said = await applied(tool(url('/tool')), host)
      expect(said).toMatch(
        /could not be downloaded: [^]*certificate[^]*\nNothing was changed. The host must trust .*ca-certificates/,
      )
      expect(await listed()).toBe('')
    })

    describe('with the CA among those of the host', () => {
      beforeAll(async () => {
        await host.write('/usr/local/share/ca-certificates/lab.crt', ca)
        await host.$`update-ca-certificates`
      })

      it('is there', async () => {
        await prove(tool(url('/tool')), host, { change: `new, from https://fake.test:${good}/tool` })
        expect((await host.$`stat -c '%a %s' /opt/tool`).stdout).toBe('755 300000\n')
      })

      it('follows to another place, and tries again where an answer was cut off', async () => {
        for (const path of ['/moved', '/cut']) {
          await host.$`rm -f /opt/tool`
          expect([path, await applied(tool(url(path)), host)]).toEqual([path, null])
        }
      })

      it.each([
        ['of no CA', () => url('/tool', stranger), /issuer|self-signed certificate/],
        [
          'for another name',
          () => url('/tool', elsewhere),
          /no alternative certificate subject name|certificate's owner/,
        ],
        ['and the file is not there', () => url('/nowhere'), /404/],
        ['and the server is busy', () => url('/busy'), /503/],
        ['and it goes round in circles', () => url('/circle'), /redirect/i],
        [
          'and leads to http',
          () => url('/to-http'),
          /: curl: .*Protocol "http"|: it leads to http, which is not encrypted/,
        ],
        ['and nobody answers', () => 'https://fake.test:1/tool', /refused|connect/],
      ])('of a server %s: fails, and changes nothing', async (_, from, reason) => {
        await host.$`rm -f /opt/tool`
        const said = await applied(tool(from()), host)
        expect(said).toMatch(/^https:\S+ could not be downloaded: /)
        expect(said).toMatch(reason)
        expect([await listed(), plainly]).toEqual(['', []])
      })
    })
  })
})
