import { describe, expect, it } from 'vitest'
import { CommandError, type CutoverError } from '../../../runner/errors.ts'
import { pullError } from '../../../tasks/docker/pull-error.ts'

const failed = (output: string): CommandError => new CommandError('docker pull', { host: 'web-1', exitCode: 1, output })
const told = (output: string): [string, string | undefined] => {
  const { message, hint } = pullError('shop:v9', failed(output)) as CutoverError
  return [message, hint]
}

const account = 'Give its account under `registries` in the inventory and run setup again.'
const ask = 'Is it up, and can the host reach it (firewall, proxy)?'

/** What each failure means and what to do, with lines that Docker 20.10 to 29 prints. */
const failures: [reason: string, hint: string, lines: string[]][] = [
  [
    'the disk is full',
    'Make room on the host: docker system df; docker image prune. The running release is untouched.',
    ['failed to register layer: Error processing tar file(exit status 1): write /x: no space left on device'],
  ],
  [
    'the registry was asked too often: its limit of pulls is reached',
    `Wait, or have a higher limit with an account. ${account}`,
    [
      'Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating',
      'Error response from daemon: unexpected status from HEAD request: 429 Too Many Requests',
    ],
  ],
  [
    'the image is not for this host’s platform',
    'Build it for this platform too (templates/build.yml builds amd64 and arm64).',
    [
      'Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries: no match for platform in manifest: not found',
      'no matching manifest for linux/arm64/v8 in the manifest list entries',
      'image with reference shop:v9 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
      'The requested image’s platform (linux/amd64) does not match the detected host platform (linux/arm64/v8)',
    ],
  ],
  [
    'the registry has no such image',
    'Is the tag pushed? A tag is case-sensitive.',
    [
      'Error response from daemon: manifest for registry.lab:5000/shop:v9 not found: manifest unknown: manifest unknown',
      'Error response from daemon: failed to resolve reference "registry.lab:5000/shop:v9": registry.lab:5000/shop:v9: not found',
      'no such manifest: shop:v9',
      'Error response from daemon: manifest for shop:v9 not found',
    ],
  ],
  [
    'the registry’s certificate is not valid at this time',
    'Is the host’s clock right (timedatectl)? If it is, the registry needs a new certificate.',
    [
      'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-01-01T00:00:00Z',
    ],
  ],
  [
    'the registry’s certificate is for another name',
    'Name the registry as its certificate does.',
    [
      'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate is valid for other.lab, not registry.lab',
      'Error response from daemon: Get "https://10.0.0.1/v2/": x509: cannot validate certificate for 10.0.0.1 because it doesn\'t contain any IP SANs',
      'x509: certificate is not valid for any names, but wanted to match registry.lab',
    ],
  ],
  [
    'the registry’s certificate is not trusted',
    'Name its CA under `registries: { NAME: { ca: FILE } }` and run setup again.',
    [
      'Error response from daemon: Get "https://registry.lab:5000/v2/": x509: certificate signed by unknown authority',
      'Error response from daemon: Get "https://registry.lab:5000/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
  ],
  [
    'the registry speaks plain HTTP, and no TLS',
    'Give it a certificate; or name it under insecure-registries in /etc/docker/daemon.json, and: systemctl reload docker',
    [
      'Error response from daemon: Get "https://registry.lab:5000/v2/": http: server gave HTTP response to HTTPS client',
    ],
  ],
  [
    'the proxy of this host’s dockerd does not let the pull through',
    'See it: systemctl show --property Environment docker',
    [
      'Error response from daemon: Get "https://registry.lab/v2/": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
      'Error response from daemon: Get "https://registry.lab/v2/": Proxy Authentication Required',
    ],
  ],
  [
    'the registry’s name does not resolve',
    'Is it written right? What does the host’s DNS say: getent hosts NAME',
    [
      'Error response from daemon: Get "https://nobody.invalid/v2/": dial tcp: lookup nobody.invalid on 127.0.0.53:53: no such host',
      'Error response from daemon: Get "https://nobody.invalid/v2/": dial tcp: lookup nobody.invalid: Temporary failure in name resolution',
      'dial tcp: lookup nobody.invalid on 10.0.0.1:53: server misbehaving',
    ],
  ],
  [
    'the registry refused',
    account,
    [
      "Error response from daemon: pull access denied for you/shop, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      'Error response from daemon: Head "https://ghcr.io/v2/you/shop/manifests/v1": unauthorized',
      'Error response from daemon: Head "https://registry.lab:5000/v2/shop/manifests/v1": no basic auth credentials',
      'Error response from daemon: authentication required',
      'unexpected status from HEAD request to https://registry.lab/v2/: 403 Forbidden',
    ],
  ],
  [
    'the registry is not well',
    'Wait, and try again. The running release is untouched.',
    [
      'Error response from daemon: received unexpected HTTP status: 503 Service Unavailable',
      'Error response from daemon: unexpected status from GET request to https://registry.lab/v2/: 500 oops',
      'Error response from daemon: unexpected status code https://registry.lab/v2/: 502 oops',
      'error parsing HTTP 502 response body: 502 Bad Gateway',
      '504 Gateway Timeout',
      '500 Internal Server Error',
    ],
  ],
  [
    'nothing answers at the registry’s address',
    ask,
    ['Error response from daemon: Get "https://registry.lab:1/v2/": dial tcp 10.0.0.1:1: connect: connection refused'],
  ],
  [
    'the registry does not answer',
    ask,
    [
      'Error response from daemon: Get "https://registry.lab/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'Error response from daemon: Get "https://registry.lab/v2/": context deadline exceeded',
      'Error response from daemon: Get "https://registry.lab/v2/": EOF',
      'dial tcp 10.0.0.1:443: i/o timeout',
      'read tcp 10.0.0.2:1->10.0.0.1:443: connection reset by peer',
      'net/http: request canceled',
    ],
  ],
]

describe.each(failures)('%s', (reason, hint, lines) => {
  it.each(lines)('%s', (line) => {
    expect(told(`v9: Pulling from shop\n${line} \n`)).toEqual([`shop:v9: ${reason}`, `${hint}\nDocker says: ${line}`])
  })
})

it('the original error is the cause', () => {
  const error = failed('EOF')
  expect(pullError('shop:v9', error)).toMatchObject({ cause: error })
})

it.each([failed('something new'), failed(''), new Error('EOF')])('what is not known is told as it is: %s', (error) => {
  expect(pullError('x', error)).toBe(error)
})
