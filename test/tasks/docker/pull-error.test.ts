import { expect, it } from 'vitest'
import { CommandError, CutoverError } from '../../../runner/index.ts'
import { pullError } from '../../../tasks/docker/pull-error.ts'

const failed = (output: string): CommandError =>
  Object.assign(Object.create(CommandError.prototype) as CommandError, { output, message: 'docker pull ended with 1' })

/** What Docker 20.10 to 28 prints. */
it.each([
  [
    'Error response from daemon: manifest for registry.lab:5000/shop:v9 not found: manifest unknown: manifest unknown',
    'has no such image',
  ],
  [
    'Error response from daemon: failed to resolve reference "registry.lab:5000/shop:v9": registry.lab:5000/shop:v9: not found',
    'has no such image',
  ],
  [
    'Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating',
    'limit of pulls is reached',
  ],
  [
    "Error response from daemon: pull access denied for you/shop, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'the registry refused',
  ],
  ['Error response from daemon: Head "https://ghcr.io/v2/you/shop/manifests/v1": unauthorized', 'the registry refused'],
  [
    'Error response from daemon: Head "https://registry.lab:5000/v2/shop/manifests/v1": no basic auth credentials',
    'the registry refused',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate signed by unknown authority',
    'certificate is not trusted',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:5000/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'certificate is not trusted',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-01-01T00:00:00Z',
    'not valid at this time',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate is valid for other.lab, not registry.lab',
    'for another name',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:5000/v2/": http: server gave HTTP response to HTTPS client',
    'speaks plain HTTP',
  ],
  [
    'Error response from daemon: Get "https://nobody.invalid/v2/": dial tcp: lookup nobody.invalid on 127.0.0.53:53: no such host',
    'name does not resolve',
  ],
  [
    'Error response from daemon: Get "https://nobody.invalid/v2/": dial tcp: lookup nobody.invalid: Temporary failure in name resolution',
    'name does not resolve',
  ],
  [
    'Error response from daemon: Get "https://registry.lab:1/v2/": dial tcp 10.0.0.1:1: connect: connection refused',
    'nothing answers',
  ],
  [
    'Error response from daemon: Get "https://registry.lab/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    'does not answer',
  ],
  ['Error response from daemon: Get "https://registry.lab/v2/": context deadline exceeded', 'does not answer'],
  ['Error response from daemon: Get "https://registry.lab/v2/": EOF', 'does not answer'],
  [
    'Error response from daemon: Get "https://registry.lab/v2/": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
    'proxy',
  ],
  ['Error response from daemon: received unexpected HTTP status: 503 Service Unavailable', 'is not well'],
  [
    'failed to register layer: Error processing tar file(exit status 1): write /x: no space left on device',
    'the disk is full',
  ],
  [
    'Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries: no match for platform in manifest: not found',
    'not for this host’s platform',
  ],
  ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'not for this host’s platform'],
])('%s', (line, what) => {
  const error = pullError('registry.lab:5000/shop@sha256:1', failed(`v9: Pulling from shop\n${line}\n`)) as CutoverError
  expect(error.message).toMatch(new RegExp(what))
  expect(error.hint).toContain(`Docker says: ${line}`)
})

it('what is not known is told as it is', () => {
  const error = failed('something new')
  expect(pullError('x', error)).toBe(error)
})
