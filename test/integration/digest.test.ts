import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { node } from '../../lab/base-images.ts'
import { docker, engineEnv, findEngine } from '../../lab/engine.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { account, digest, type FakeRegistry, fakeRegistry } from './fake-registry.ts'

const folder = join(import.meta.dirname, '../../templates/host')
const network = `cutover-registry-${process.pid}`
const user = Buffer.from(account.slice('Basic '.length), 'base64').toString()

interface Told {
  status: number
  out: string
  err: string[]
}

/** The look-up of a digest as a host makes it, with real sh and curl, against a registry with one behaviour a repository. */
describe.skipIf(!inject('lab'))('digest.sh', () => {
  let there: ThrowAway
  let certificates: Certificates
  let fake: FakeRegistry
  const open: FakeRegistry[] = []
  let gateway: string
  const serve = async (...options: Parameters<typeof fakeRegistry>): Promise<FakeRegistry> => {
    const made = await fakeRegistry(...options)
    open.push(made)
    return made
  }
  const sh = async (script: string): Promise<string> => (await there.host.$`sh -ec ${script}`).stdout
  const run = async (argv: readonly string[]): Promise<Told> => {
    const { exitCode, stdout, stderr } = await there.host.$({ nothrow: true })`${argv}`
    return { status: exitCode ?? -1, out: stdout.trim(), err: stderr.trim().split('\n').filter(Boolean) }
  }
  const ask = (repository: string, tag = 'v1', at = `fake.test:${fake.port}`): Promise<Told> =>
    run(['/opt/cutover/digest.sh', `${at}/${repository}`, tag])
  const trust = async (port: number): Promise<void> => {
    await sh(`mkdir -p /etc/docker/certs.d/fake.test:${port}`)
    await there.host.write(`/etc/docker/certs.d/fake.test:${port}/ca.crt`, certificates.ca)
  }
  const withAccount = async (name: string, value = user): Promise<void> =>
    there.host.write(`/opt/cutover/registries/${name}`, `user = ${JSON.stringify(value)}\n`, { mode: '600' })
  const serveHub = async (): Promise<FakeRegistry> => {
    const hub = await serve(certificates.good, { address: gateway, port: 443 })
    await sh(
      `mkdir -p /etc/docker/certs.d/registry-1.docker.io && cp /etc/docker/certs.d/fake.test:${fake.port}/ca.crt /etc/docker/certs.d/registry-1.docker.io`,
    )
    return hub
  }
  const found = { status: 0, out: digest, err: [] }

  beforeAll(async () => {
    await findEngine()
    await ensureImage(node, () => undefined)
    await docker(['network', 'create', network])
    gateway = await docker(['network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', network])
    const socket = engineEnv().DOCKER_HOST?.replace('unix://', '') ?? '/var/run/docker.sock'
    const names = ['fake.test', 'other.test', 'registry-1.docker.io'].flatMap((name) => [
      '--add-host',
      `${name}:${gateway}`,
    ])
    there = await throwAway({
      run: [
        '--network',
        network,
        '--sysctl',
        'net.ipv6.conf.all.disable_ipv6=0',
        ...names,
        '--volume',
        `${socket}:/run/docker.sock`,
      ],
    })
    await sh(
      'apt-get install -qy --no-download --no-install-recommends curl docker-cli && mkdir -p /opt/cutover/registries',
    )
    for (const name of readdirSync(folder))
      await there.host.write(`/opt/cutover/${name}`, readFileSync(join(folder, name), 'utf8'), { mode: '755' })
    await there.host.write('/opt/cutover/runtime', `${tagOf(node)}\n`)
    certificates = await makeCertificates(mkdtempSync(join(tmpdir(), 'cutover-certificates-')))
    fake = await serve(certificates.good)
    await trust(fake.port)
  })
  afterAll(async () => {
    await Promise.all(open.map((each) => each.close()))
    await there?.close()
    await docker(['network', 'rm', network])
  })
  beforeEach(async () => {
    fake.seen.length = 0
    await sh('rm -f /opt/cutover/registries/*; ls -d /run/cutover-registry.* 2>/dev/null && exit 1 || true')
  })

  describe('gets what Docker gets', () => {
    it.each([
      'plain',
      'no-digest',
      'bad-digest',
      'head-404',
      'head-405',
      'head-403',
      'head-500',
      'head-200-no-digest',
      'head-404-bearer',
      'redirect-307',
      'redirect-308',
      'redirect-away',
      'bearer',
      'harbor',
      'acr',
      'both',
      'null',
      'key-in-value',
      'odd',
      'pretty',
      'long',
      'no-service',
      'query',
      'two-headers',
      'one-header',
      'any-case',
      'late',
      'limit-short',
      'busy-short',
      'busy-once',
      'reset-once',
    ])('%s', async (repository) => {
      expect(await ask(repository)).toEqual(found)
    })

    it.each(['nested', 'escapes'])(
      '%s: JSON that sh can not read is read by the program’s runtime',
      async (repository) => {
        expect(await ask(repository)).toEqual(found)
        await sh('mv /opt/cutover/runtime /opt/cutover/runtime.away')
        const { status, err } = await ask(repository).finally(() =>
          sh('mv /opt/cutover/runtime.away /opt/cutover/runtime'),
        )
        expect(status).toBe(9)
        expect(err.join('\n')).toContain("that only the program's runtime can read")
      },
    )

    it('with one request where one is enough, three where a token is wanted, and GET only where HEAD says nothing', async () => {
      const asked = async (repository: string): Promise<string[]> => {
        fake.seen.length = 0
        await ask(repository)
        return fake.seen.map(({ method, path }) => `${method} ${path.split('?')[0]!}`)
      }
      expect(await asked('plain')).toEqual(['HEAD /v2/plain/manifests/v1'])
      expect(await asked('bearer')).toEqual([
        'HEAD /v2/bearer/manifests/v1',
        'GET /token',
        'HEAD /v2/bearer/manifests/v1',
      ])
      expect(await asked('head-405')).toEqual(['HEAD /v2/head-405/manifests/v1', 'GET /v2/head-405/manifests/v1'])
      expect(await asked('limit')).toEqual(['HEAD /v2/limit/manifests/v1'])
    })

    it.each(['basic', 'bearer', 'redirect-away', 'redirect-away-basic'])(
      '%s, with an account whose password has every odd character, which goes nowhere else',
      async (repository) => {
        await withAccount(`fake.test:${fake.port}`)
        expect(await ask(repository)).toEqual(found)
        expect(fake.seen.some(({ authorization }) => authorization === account)).toBe(true)
        expect(
          fake.seen.filter(({ host, authorization }) => host.startsWith('other.test') && authorization !== undefined),
        ).toEqual([])
      },
    )

    it('with the account of a `docker login` that somebody made on the host', async () => {
      await sh('mkdir -p /root/.docker')
      await there.host.write(
        '/root/.docker/config.json',
        JSON.stringify({ auths: { [`fake.test:${fake.port}`]: { auth: account.slice('Basic '.length) } } }),
      )
      expect(await ask('basic').finally(() => sh('rm /root/.docker/config.json'))).toEqual(found)
    })

    it('Docker Hub: its host, the library, and its names written out', async () => {
      const hub = await serveHub()
      for (const image of [
        'plain',
        'docker.io/plain',
        'index.docker.io/plain',
        'docker.io/library/plain',
        'library/plain',
      ])
        expect(await run(['/opt/cutover/digest.sh', image, 'v1'])).toEqual(found)
      await withAccount('docker.io')
      expect(await run(['/opt/cutover/digest.sh', 'index.docker.io/basic', 'v1'])).toEqual(found)
      expect(hub.seen.map(({ path }) => path)).toContain('/v2/library/basic/manifests/v1')
      await hub.close()
    })

    it('a mirror of Docker Hub that dockerd has, and Docker Hub for what the mirror lacks', async () => {
      const hub = await serveHub()
      await there.host.write('/etc/docker/daemon.json', '{ "registry-mirrors": ["https://fake.test"] }')
      await there.host.write('/usr/local/bin/docker', `#!/bin/sh\necho https://fake.test:${fake.port}/\n`, {
        mode: '755',
      })
      try {
        const get = '/opt/cutover/registry-get.sh'
        expect(await run(['/opt/cutover/digest.sh', 'plain', 'v1'])).toEqual(found)
        const here = Buffer.from('here').toString('base64')
        expect(await run([get, 'plain', 'manifests/none', 'blobs/x'])).toMatchObject({ status: 0, out: here })
        expect(hub.seen).toEqual([])
        expect(await run(['/opt/cutover/digest.sh', 'gone', 'v1'])).toMatchObject({ status: 4 })
        expect(await run([get, 'plain', 'manifests/none'])).toMatchObject({ status: 0, out: '', err: [] })
        expect(hub.seen.map(({ path }) => path)).toEqual([
          '/v2/library/gone/manifests/v1',
          '/v2/library/gone/manifests/v1',
          '/v2/',
          '/v2/library/plain/manifests/none',
          '/v2/',
        ])
      } finally {
        await sh('rm /etc/docker/daemon.json /usr/local/bin/docker')
        await hub.close()
      }
    })

    it('through the proxy that dockerd has, from its environment or from daemon.json', async () => {
      const through: string[] = []
      const proxy = createServer((socket) =>
        socket.once(
          'data',
          (data) => (
            through.push(data.toString().split('\r\n')[0]!),
            socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
          ),
        ),
      )
      await new Promise<void>((resolve) => proxy.listen(0, '0.0.0.0', resolve))
      const address = `http://other.test:${(proxy.address() as { port: number }).port}`
      const behind = async (environment: string): Promise<Told> => {
        await sh(`${environment} sleep 60 >/dev/null 2>&1 & echo $! >/run/docker.pid`)
        return ask('plain').finally(() => sh('kill $(cat /run/docker.pid); rm /run/docker.pid'))
      }
      expect(await behind(`HTTPS_PROXY=${address}`)).toMatchObject({
        status: 5,
        err: [
          expect.stringContaining('the proxy'),
          expect.stringContaining('dockerd'),
          expect.stringMatching(/^curl: \(\d+\) .*407/),
        ],
      })
      await there.host.write(
        '/etc/docker/daemon.json',
        JSON.stringify({ proxies: { 'https-proxy': address, 'no-proxy': 'x' } }),
      )
      expect((await behind('')).status).toBe(5)
      expect(through).toHaveLength(2)
      expect(await behind(`HTTPS_PROXY=${address} NO_PROXY=fake.test`)).toMatchObject({ status: 5 })
      await sh('rm /etc/docker/daemon.json')
      expect(await behind(`HTTPS_PROXY=${address} NO_PROXY=fake.test`)).toEqual(found)
      proxy.close()
    })
  })

  describe('says what is wrong, and what to do', () => {
    it.each([
      ['gone', 4, 'has no gone:v1', 'Is the tag pushed?', '"MANIFEST_UNKNOWN"'],
      ['page', 5, 'no manifest', 'is a page to log in', undefined],
      ['redirect-circle', 5, 'redirects in a circle', 'ask whoever runs it', 'curl: (47)'],
      ['none', 5, 'has no token in it', 'token service', undefined],
      ['control', 5, 'has no token in it', 'token service', undefined],
      ['not-json', 5, 'has no token in it', 'token service', undefined],
      ['no-realm', 5, 'names no address that gives tokens', 'no registry', undefined],
      ['no-challenge', 6, 'wants an account', 'registries: {', undefined],
      ['head-401', 6, 'wants an account', 'registries: {', undefined],
      ['basic', 6, 'wants an account', 'registries: {', undefined],
      ['refused', 6, 'wants an account', 'registries: {', '"UNAUTHORIZED"'],
      ['forbidden', 6, 'does not allow this host to pull forbidden', 'May the account', '"DENIED"'],
      ['token-401', 6, 'wants an account', 'registries: {', 'incorrect username or password'],
      ['token-404', 5, '404 where a registry gives tokens', 'registry', undefined],
      ['token-429', 7, 'asked too often', 'Wait', 'too many failed login attempts'],
      ['token-503', 7, 'is busy', 'Wait', undefined],
      ['limit', 7, 'asked too often: its limit of pulls is reached, it says for 3600 s', 'a higher limit', undefined],
      ['limit-date', 7, 'it says until Fri, 31 Dec 2027', 'a higher limit', undefined],
      ['limit-plain', 7, 'asked too often', 'a higher limit', undefined],
      ['busy', 7, 'is busy, or being worked on, it says for 3600 s', 'Wait', undefined],
      ['busy-always', 5, 'answered 500', 'is it well?', undefined],
      ['reset', 5, 'broke', 'Is it a registry', 'curl: ('],
    ])('%s', async (repository, status, what, mend, said) => {
      const told = await ask(repository)
      expect(told).toEqual({
        status,
        out: '',
        err: [
          expect.stringContaining(what),
          expect.stringContaining(mend),
          ...(said === undefined ? [] : [expect.stringContaining(said) as string]),
        ],
      })
      expect(fake.seen.length).toBeLessThan(12)
    })

    it('an account that is refused is told from one that is missing', async () => {
      await withAccount(`fake.test:${fake.port}`, 'robot:wrong')
      expect(await ask('basic')).toMatchObject({
        status: 6,
        err: [
          expect.stringContaining('refused the account that the host has'),
          expect.stringContaining('Is its password'),
          expect.anything(),
        ],
      })
    })

    it('a registry that hangs holds nobody for long', async () => {
      expect(await ask('hang')).toMatchObject({
        status: 5,
        err: [
          expect.stringContaining('does not answer in time'),
          expect.anything(),
          expect.stringMatching(/^curl: \(28\)/),
        ],
      })
    })

    it.each([
      ['stranger', 8, 'not from a CA that the host trusts', 'Name its CA', /^curl: \(60\) .*self.signed/],
      ['expired', 8, 'not valid at this time', 'The host’s clock says', /^curl: \(60\) .*expired/],
      ['early', 8, 'not valid at this time', 'The host’s clock says', /^curl: \(60\) .*not yet valid/],
      ['elsewhere', 8, 'for another name', 'Name the registry', /^curl: \(60\) .*fake.test/],
    ] as const)('a certificate: %s', async (kind, status, what, mend, said) => {
      const { port } = await serve(certificates[kind])
      await trust(port)
      const told = await ask('plain', 'v1', `fake.test:${port}`)
      expect(told).toEqual({
        status,
        out: '',
        err: [
          expect.stringContaining(what),
          expect.stringContaining(mend.replace('’', "'")),
          expect.stringMatching(said),
        ],
      })
    })

    it('a private CA that nobody named, a file that is none, and a client certificate', async () => {
      const { port } = await serve(certificates.good)
      expect(await ask('plain', 'v1', `fake.test:${port}`)).toMatchObject({
        status: 8,
        err: [
          expect.stringContaining('not from a CA'),
          expect.stringContaining(`registries: { fake.test:${port}: { ca: FILE } }`),
          expect.stringMatching(/^curl: \(60\)/),
        ],
      })
      await sh(
        `mkdir -p /etc/docker/certs.d/fake.test:${port} && echo nothing >/etc/docker/certs.d/fake.test:${port}/ca.crt`,
      )
      expect(await ask('plain', 'v1', `fake.test:${port}`)).toMatchObject({
        status: 8,
        err: [expect.stringContaining("can't be read"), expect.anything(), expect.stringMatching(/^curl: \(77\)/)],
      })
      const strict = await serve({
        ...certificates.good,
        ca: certificates.ca,
        requestCert: true,
        rejectUnauthorized: true,
      })
      await trust(strict.port)
      expect(await ask('plain', 'v1', `fake.test:${strict.port}`)).toMatchObject({
        status: 8,
        err: [
          expect.stringContaining('wants a certificate of this host'),
          expect.stringContaining(`/etc/docker/certs.d/fake.test:${strict.port}/client.cert`),
          expect.anything(),
        ],
      })
      const at = `/etc/docker/certs.d/fake.test:${strict.port}`
      await there.host.write(`${at}/client.cert`, certificates.client.cert)
      await there.host.write(`${at}/client.key`, certificates.client.key)
      // A second CA beside the first, which has no newline at its end.
      await there.host.write(`${at}/another.crt`, certificates.stranger.cert.toString().trim())
      expect(await ask('plain', 'v1', `fake.test:${strict.port}`)).toEqual(found)
    })

    it('plain HTTP, a closed port, a name that is nobody’s, a full disk, no curl', async () => {
      const { port } = await serve()
      expect(await ask('plain', 'v1', `fake.test:${port}`)).toMatchObject({
        status: 8,
        err: [
          expect.stringContaining('speaks plain HTTP'),
          expect.stringContaining('insecure-registries'),
          expect.stringMatching(/^curl: \(35\)/),
        ],
      })
      expect(await ask('plain', 'v1', 'fake.test:1')).toMatchObject({
        status: 5,
        err: [
          expect.stringContaining('nothing answers at fake.test:1'),
          expect.anything(),
          expect.stringMatching(/^curl: \(7\)/),
        ],
      })
      expect(await ask('plain', 'v1', 'nobody.invalid')).toMatchObject({
        status: 5,
        err: [
          expect.stringContaining('the name nobody.invalid does not resolve'),
          expect.stringContaining('getent hosts nobody.invalid'),
          expect.stringMatching(/^curl: \(6\)/),
        ],
      })
      const image = `fake.test:${fake.port}/plain`
      expect(await run(['env', 'TMPDIR=/nowhere', '/opt/cutover/digest.sh', image, 'v1'])).toMatchObject({
        status: 9,
        err: [
          expect.stringContaining("can't write to /nowhere"),
          expect.stringContaining('df -h'),
          expect.stringContaining('No such file'),
        ],
      })
      await sh('mv /usr/bin/curl /usr/bin/curl.away')
      expect(await ask('plain').finally(() => sh('mv /usr/bin/curl.away /usr/bin/curl'))).toMatchObject({
        status: 9,
        err: ['there is no curl on this host', expect.stringContaining('setup')],
      })
    })
  })

  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'at %s Docker wants no TLS, and no certificate that is trusted',
    async (name) => {
      const serves = (port: number): string =>
        `require('http').createServer((q, r) => r.writeHead(200, { 'docker-content-digest': '${digest}' }).end()).listen(${port}, '::', () => console.log('up'))`
      const server = `cutover-loopback-${process.pid}-${name.replace(/\W+/g, '')}`
      await docker([
        'run',
        '--detach',
        '--rm',
        '--name',
        server,
        '--network',
        `container:${there.host.name}`,
        tagOf(node),
        'node',
        '-e',
        serves(5000),
      ])
      try {
        await expect.poll(() => docker(['logs', server]), { timeout: 20_000 }).toBe('up')
        expect(await ask('plain', 'v1', `${name}:5000`)).toEqual(found)
      } finally {
        await docker(['rm', '--force', server])
      }
    },
  )

  describe('registry-get.sh', () => {
    const get = async (repository: string, ...paths: string[]): Promise<Told & { lines: string[] }> => {
      const { exitCode, stdout, stderr } = await there.host.$({
        nothrow: true,
      })`${['/opt/cutover/registry-get.sh', `fake.test:${fake.port}/${repository}`, ...paths]}`
      const lines = stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => Buffer.from(line, 'base64').toString())
      return { status: exitCode, out: stdout, err: stderr.trim().split('\n').filter(Boolean), lines }
    }

    it('prints a line for each path, which is empty where there is nothing', async () => {
      const { status, lines } = await get('plain', 'manifests/v1', 'manifests/none', 'referrers/x', 'blobs/x')
      expect([status, ...lines.slice(1)]).toEqual([0, '', 'here', 'here'])
      expect(`sha256:${createHash('sha256').update(lines[0]!).digest('hex')}`).toBe(digest)
    })

    it('asks for one token, also where nothing is there without one', async () => {
      expect((await get('bearer', 'manifests/none', 'blobs/x', 'referrers/x')).lines).toEqual(['', 'here', 'here'])
      expect(fake.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1)
      expect((await get('late', 'manifests/v1')).lines).toEqual([expect.stringContaining('schemaVersion')])
    })

    it.each(['redirect-away', 'redirect-away-basic'])(
      '%s: gets a blob from where it is, and the account goes nowhere else',
      async (repository) => {
        await withAccount(`fake.test:${fake.port}`)
        expect(await get(repository, 'blobs/x', 'blobs/y')).toMatchObject({ status: 0, lines: ['here', 'here'] })
        const elsewhere = fake.seen.filter(({ host }) => host.startsWith('other.test'))
        expect(elsewhere.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
      },
    )

    it.each(['none-400', 'none-403', 'none-405', 'none-501'])(
      '%s: a registry without lists of referrers has none',
      async (repository) => {
        expect(await get(repository, 'manifests/v1', 'referrers/x')).toMatchObject({ status: 0, lines: ['', ''] })
      },
    )

    it('what is too large is no signature, and fills no memory', async () => {
      expect(await get('large', 'blobs/x')).toMatchObject({
        status: 5,
        out: '',
        err: [
          expect.stringContaining('gives more than 4 MiB'),
          expect.anything(),
          expect.stringMatching(/^curl: \(23\)/),
        ],
      })
    })

    it('says why there is no answer', async () => {
      expect(await get('busy', 'blobs/x')).toMatchObject({
        status: 7,
        out: '',
        err: [expect.stringContaining('is busy'), expect.anything()],
      })
      expect(await get('refused', 'manifests/v1')).toMatchObject({ status: 6, out: '' })
    })
  })

  describe('tags.sh', () => {
    const list = (repository: string): Promise<Told> =>
      run(['/opt/cutover/tags.sh', `fake.test:${fake.port}/${repository}`])
    const tagsOf = ({ out }: Told): string[] =>
      out.split('\n').flatMap((line) => (JSON.parse(line) as { tags: string[] }).tags)

    it('gives every page, with the same token, and follows no link to another host', async () => {
      expect(tagsOf(await list('plain'))).toEqual(['v1.0.0', 'latest', 'v1.2.0', 'v1.10.0', 'sha256-aa.sig'])
      expect(await list('bearer')).toMatchObject({ status: 0, err: [] })
      expect(tagsOf(await list('bearer'))).toEqual(['v1.0.0'])
      expect(tagsOf(await list('no-size'))).toEqual(['v1'])
      expect(tagsOf(await list('away'))).toEqual(['v1'])
      expect(fake.seen.filter(({ host }) => host.startsWith('other.test'))).toEqual([])
    })

    it('comes to an end', async () => {
      expect(tagsOf(await list('endless'))).toHaveLength(10)
      expect(await list('refused')).toMatchObject({ status: 6, out: '' })
    })
  })
})
