import { CommandError, CutoverError, unwrap } from '../../runner/index.ts'

interface Failure {
  /** In what Docker printed; the first that fits counts. */
  pattern: RegExp
  what: string
  mend: string
}

const account = 'Give its account under `registries` in the inventory and run setup again.'
const ask = 'Is it up, and can the host reach it (firewall, proxy)?'

/** What `docker pull` of Docker 20.10 to 29 says, and what it means. */
const failures: readonly Failure[] = [
  {
    pattern: /no space left on device/i,
    what: 'the disk is full',
    mend: 'Make room on the host: docker system df; docker image prune. The running release is untouched.',
  },
  {
    pattern: /toomanyrequests|rate limit|429 too many requests/i,
    what: 'the registry was asked too often: its limit of pulls is reached',
    mend: `Wait, or have a higher limit with an account. ${account}`,
  },
  {
    pattern: /no matching manifest|does not match the (specified|detected host) platform/i,
    what: 'the image is not for this host’s platform',
    mend: 'Build it for this platform too (templates/build.yml builds amd64 and arm64).',
  },
  {
    pattern: /manifest unknown|not found: manifest|no such manifest|manifest for .* not found|: not found$/im,
    what: 'the registry has no such image',
    mend: 'Is the tag pushed? A tag is case-sensitive.',
  },
  {
    pattern: /certificate has expired or is not yet valid/i,
    what: 'the registry’s certificate is not valid at this time',
    mend: 'Is the host’s clock right (timedatectl)? If it is, the registry needs a new certificate.',
  },
  {
    pattern: /certificate is (valid for|not valid for)|doesn't contain any IP SANs|not \S+$/im,
    what: 'the registry’s certificate is for another name',
    mend: 'Name the registry as its certificate does.',
  },
  {
    pattern: /certificate signed by unknown authority|x509/i,
    what: 'the registry’s certificate is not trusted',
    mend: 'Name its CA under `registries: { NAME: { ca: FILE } }` and run setup again.',
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    what: 'the registry speaks plain HTTP, and no TLS',
    mend: 'Give it a certificate; or name it under insecure-registries in /etc/docker/daemon.json, and: systemctl reload docker',
  },
  {
    pattern: /proxyconnect|proxy authentication required/i,
    what: 'the proxy of this host’s dockerd does not let the pull through',
    mend: 'See it: systemctl show --property Environment docker',
  },
  {
    pattern: /no such host|server misbehaving|temporary failure in name resolution/i,
    what: 'the registry’s name does not resolve',
    mend: 'Is it written right? What does the host’s DNS say: getent hosts NAME',
  },
  {
    pattern: /unauthorized|denied|no basic auth|authentication required|403 forbidden/i,
    what: 'the registry refused',
    mend: account,
  },
  {
    pattern:
      /(received unexpected HTTP status|unexpected status( code| from))[^\n]* 5\d\d|50\d (bad gateway|service unavailable|gateway timeout|internal server error)/i,
    what: 'the registry is not well',
    mend: 'Wait, and try again. The running release is untouched.',
  },
  { pattern: /connection refused/i, what: 'nothing answers at the registry’s address', mend: ask },
  {
    pattern: /i\/o timeout|timeout|EOF|context deadline|connection reset|request canceled/i,
    what: 'the registry does not answer',
    mend: ask,
  },
]

/** What a failed pull means, and what to do, with Docker's own last line. What is not known is given back as it is. */
export function pullError(reference: string, error: unknown): unknown {
  const cause = unwrap(error)
  const output = cause instanceof CommandError ? cause.output.trim() : ''
  const found = failures.find(({ pattern }) => pattern.test(output))
  if (!found) return error
  return new CutoverError(`${reference}: ${found.what}`, {
    cause: error,
    hint: [found.mend, ...(output ? [`Docker says: ${output.split('\n').at(-1)!.trim()}`] : [])].join('\n'),
  })
}
