import { CommandError, CutoverError } from '../../runner/index.ts'
import { explainFailure, type KnownFailure } from '../known-failures.ts'

const account = 'Give its account under `registries` in the inventory and run setup again.'
const ask = 'Is it up, and can the host reach it (firewall, proxy)?'

/** The failure of a pull, with Docker's own last line in the hint. */
const because =
  (reason: string, hint: string): KnownFailure['explain'] =>
  (output, reference) => ({
    message: `${reference}: ${reason}`,
    hint: `${hint}\nDocker says: ${output.split('\n').at(-1)?.trim()}`,
  })

const unwell = because('the registry is not well', 'Wait, and try again. The running release is untouched.')

/** What `docker pull` of Docker 20.10 to 29 prints, most specific first. */
const failures: readonly KnownFailure[] = [
  {
    pattern: /no space left on device/i,
    explain: because(
      'the disk is full',
      'Make room on the host: docker system df; docker image prune. The running release is untouched.',
    ),
  },
  {
    pattern: /toomanyrequests|rate limit|429 too many requests/i,
    explain: because(
      'the registry was asked too often: its limit of pulls is reached',
      `Wait, or have a higher limit with an account. ${account}`,
    ),
  },
  {
    pattern: /no matching manifest|does not match the (specified|detected host) platform/i,
    explain: because(
      'the image is not for this host’s platform',
      'Build it for this platform too (templates/build.yml builds amd64 and arm64).',
    ),
  },
  {
    pattern: /manifest unknown|not found: manifest|no such manifest|manifest for .* not found|: not found$/im,
    explain: because('the registry has no such image', 'Is the tag pushed? A tag is case-sensitive.'),
  },
  {
    pattern: /certificate has expired or is not yet valid/i,
    explain: because(
      'the registry’s certificate is not valid at this time',
      'Is the host’s clock right (timedatectl)? If it is, the registry needs a new certificate.',
    ),
  },
  {
    pattern: /certificate is (valid for|not valid for)|doesn't contain any IP SANs|not \S+$/im,
    explain: because('the registry’s certificate is for another name', 'Name the registry as its certificate does.'),
  },
  {
    pattern: /certificate signed by unknown authority|x509/i,
    explain: because(
      'the registry’s certificate is not trusted',
      'Name its CA under `registries: { NAME: { ca: FILE } }` and run setup again.',
    ),
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    explain: because(
      'the registry speaks plain HTTP, and no TLS',
      'Give it a certificate; or name it under insecure-registries in /etc/docker/daemon.json, and: systemctl reload docker',
    ),
  },
  {
    pattern: /proxyconnect|proxy authentication required/i,
    explain: because(
      'the proxy of this host’s dockerd does not let the pull through',
      'See it: systemctl show --property Environment docker',
    ),
  },
  {
    pattern: /no such host|server misbehaving|temporary failure in name resolution/i,
    explain: because(
      'the registry’s name does not resolve',
      'Is it written right? What does the host’s DNS say: getent hosts NAME',
    ),
  },
  {
    pattern: /unauthorized|denied|no basic auth|authentication required|403 forbidden/i,
    explain: because('the registry refused', account),
  },
  {
    pattern: /(received unexpected HTTP status|unexpected status( code| from))[^\n]* 5\d\d/i,
    explain: unwell,
  },
  {
    pattern: /50\d (bad gateway|service unavailable|gateway timeout|internal server error)/i,
    explain: unwell,
  },
  {
    pattern: /connection refused/i,
    explain: because('nothing answers at the registry’s address', ask),
  },
  {
    pattern: /i\/o timeout|timeout|EOF|context deadline|connection reset|request canceled/i,
    explain: because('the registry does not answer', ask),
  },
]

/** The error of a failed pull in words for a person; an error with an unknown reason is returned as it is. */
export function pullError(reference: string, error: unknown): unknown {
  const output = error instanceof CommandError ? error.output.trim() : ''
  const explanation = explainFailure(failures, output, reference)
  return explanation ? new CutoverError(explanation.message, { cause: error, hint: explanation.hint }) : error
}
