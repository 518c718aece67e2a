import { describe, expect, it } from 'vitest'
import { dockerSettings } from '../../../tasks/app/docker-settings.ts'

const fingerprint = '9DC8 5822 9FC7 DD38 854A  E2D8 8D81 803C 0EBF CD88'
const issues = (given: object): string[] =>
  (dockerSettings.safeParse(given).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('the Docker of an inventory', () => {
  it.each<object>([
    {},
    { source: 'docker', version: '5:28.*', repository: 'http://10.0.0.5:8080/docker', key: 'docker.asc' },
    { source: 'distribution', live_restore: false, user: 'deploy' },
    { source: 'present' },
    { repository: 'https://mirror.example.org', key: 'https://mirror.example.org/key', fingerprint },
    { fingerprint: [fingerprint, fingerprint.replaceAll(' ', '').toLowerCase()] },
    { fingerprint: 'A'.repeat(64) },
    { source: 'docker', packages: ['docker-ce', 'docker-ce-cli=5:28.0.0-1~debian.13~trixie'] },
  ])('may be %j', (given) => expect(issues(given)).toEqual([]))

  const address = 'a repository is the address before /linux/debian'
  const web =
    'a repository is the http(s) address before /linux/debian; an account for it belongs in /etc/apt/auth.conf.d'
  it.each<[object, string]>([
    [{ source: 'snap' }, 'source: Invalid option: expected one of "docker"|"distribution"|"present"'],
    [{ version: '28 or so' }, 'version: a version is as apt-cache policy docker-ce shows it; * is any text: "5:28.*"'],
    [{ repository: 'mirror.example.org' }, `repository: ${web}`],
    [{ repository: 'https://you:secret@mirror.example.org' }, `repository: ${web}`],
    [{ repository: 'https://mirror.example.org/a b' }, `repository: ${web}`],
    [{ repository: 'https://mirror.example.org/linux/debian' }, `repository: ${address}`],
    [{ repository: 'https://mirror.example.org/linux/' }, `repository: ${address}`],
    [{ key: 'a b' }, 'key: a key is a URL, or a file beside the inventory'],
    [
      { fingerprint: '0EBFCD88' },
      'fingerprint: a fingerprint has 40 hex digits (64 for a version 6 key); a short id can be forged',
    ],
    [
      { version: '5:28.*', packages: ['docker-ce'] },
      'version: beside docker.packages, versions stand there: docker-ce=VERSION',
    ],
    [{ source: 'present', packages: ['docker-ce'] }, 'packages: docker.source: present installs no packages'],
  ])('may not be %j', (given, expected) => expect(issues(given)).toContain(expected))

  it('has an address without a slash at its end', () => {
    expect(dockerSettings.parse({ repository: 'https://mirror.example.org/docker/' }).repository).toBe(
      'https://mirror.example.org/docker',
    )
  })
})
