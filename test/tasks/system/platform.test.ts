import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { parsePlatform, platformFact } from '../../../tasks/system/platform.ts'
import {
  armbianBookworm,
  armbianNoble,
  armbianTrixie,
  debian12,
  debian13,
  fedora,
  forky,
  kali,
  lmde6,
  lmde7,
  mint22,
  pop24,
  raspbian12,
  raspbian13,
  ubuntu22,
  ubuntu24,
  ubuntu26,
  zorin17,
} from './os-releases.ts'

const host = (release: string, machine: string, packages: string, engine?: string): string =>
  `${release}\nMACHINE=${machine}\nPACKAGES=${packages}\n${engine === undefined ? '' : `ENGINE=${engine}\n`}`
const refusal = (text: string): string => {
  try {
    return parsePlatform(text).docker
  } catch (error) {
    return explain(error).join('\n')
  }
}

describe('platform', () => {
  it.each<[string, string, string, string]>([
    ['Debian 12', debian12, 'debian 12 bookworm', 'debian bookworm'],
    ['Debian 13', debian13, 'debian 13 trixie', 'debian trixie'],
    ['the next Debian', forky, 'debian  forky', 'debian forky'],
    ['Ubuntu 22.04', ubuntu22, 'ubuntu 22.04 jammy', 'ubuntu jammy'],
    ['Ubuntu 24.04', ubuntu24, 'ubuntu 24.04 noble', 'ubuntu noble'],
    ['Ubuntu 26.04', ubuntu26, 'ubuntu 26.04 resolute', 'ubuntu resolute'],
    ['Linux Mint', mint22, 'linuxmint 22.3 zena', 'ubuntu noble'],
    ['Linux Mint from Debian 13', lmde7, 'linuxmint 7 gigi', 'debian trixie'],
    ['Linux Mint from Debian 12', lmde6, 'linuxmint 6 faye', 'debian bookworm'],
    ['Pop!_OS', pop24, 'pop 24.04 noble', 'ubuntu noble'],
    ['Zorin OS', zorin17, 'zorin 17 jammy', 'ubuntu jammy'],
    ['Kali', kali, 'kali 2026.3 kali-rolling', 'debian kali-rolling'],
    ['Armbian from Ubuntu', armbianNoble, 'ubuntu 24.04 noble', 'ubuntu noble'],
    ['Armbian from Debian', armbianTrixie, 'debian 13 trixie', 'debian trixie'],
    ['Armbian by its own name', armbianBookworm, 'armbian 23.11.0 bookworm', 'debian bookworm'],
    ['a Raspbian of 64 bit, if there were one', raspbian13, 'raspbian 13 trixie', 'debian trixie'],
  ])('%s is known, and whose packages fit', (_, release, itself, packages) => {
    for (const [machine, architecture] of [
      ['x86_64', 'amd64'],
      ['aarch64', 'arm64'],
    ] as const) {
      const found = parsePlatform(host(release, machine, architecture))
      expect(`${found.distro} ${found.release} ${found.codename}`).toBe(itself)
      expect(`${found.base.distro} ${found.base.codename}`).toBe(packages)
      expect(found).toMatchObject({ architecture, docker: `linux/${architecture}` })
    }
  })

  it.each([
    ['Docker that answers', host(debian13, 'x86_64', 'amd64', 'amd64'), { docker: 'linux/amd64' }],
    // A Docker that does not answer, or a dpkg that is not there, says nothing against the rest.
    ['Docker away', host(debian13, 'x86_64', 'amd64', ''), { docker: 'linux/amd64' }],
    ['no dpkg in the path', host(debian13, 'aarch64', ''), { architecture: 'arm64', docker: 'linux/arm64' }],
    [
      'an amd64 Docker under emulation',
      host(debian13, 'aarch64', 'arm64', 'amd64'),
      { architecture: 'arm64', docker: 'linux/amd64' },
    ],
  ])('%s', (_, text, expected) => {
    expect(parsePlatform(text)).toMatchObject(expected)
  })

  const supported = 'Cutover works on amd64 and arm64.'
  const armhf = `${supported} Docker Engine v28 is the last major version with packages for 32-bit Raspberry Pi OS (armhf).`
  const i386 = `${supported} Docker has no packages for i386.`
  const noBetter = (reason: string): string =>
    `${reason} A Raspberry Pi 3, 4, 5 or Zero 2 can run the 64-bit Raspberry Pi OS.`
  const install = (reason: string, installer: string): string =>
    `${reason} Install the 64-bit system: on a Raspberry Pi “Raspberry Pi OS (64-bit)”, else the installer for ${installer}.`
  const distributions = 'Cutover sets up Debian, Ubuntu and Raspberry Pi OS, and what is made from them.'

  it.each([
    [
      'Raspberry Pi OS 32 on a 64-bit kernel',
      host(raspbian12, 'aarch64', 'armhf'),
      'this is a 32-bit system (armhf) on a 64-bit machine (aarch64)',
      install(armhf, 'arm64'),
    ],
    [
      'its Debian too, when Docker is there',
      host(debian12, 'aarch64', 'armhf', 'arm'),
      'this is a 32-bit system (armhf) on a 64-bit machine (aarch64)',
      install(armhf, 'arm64'),
    ],
    [
      'a 32-bit PC system on a 64-bit kernel',
      host(debian12, 'x86_64', 'i386'),
      'this is a 32-bit system (i386) on a 64-bit machine (x86_64)',
      install(i386, 'amd64'),
    ],
    [
      'an old Pi',
      host(raspbian13, 'armv7l', 'armhf'),
      'this machine is a armv7l with packages for armhf',
      noBetter(armhf),
    ],
    ['an old PC', host(debian12, 'i686', 'i386'), 'this machine is a i686 with packages for i386', noBetter(i386)],
    ['an old PC without dpkg', host(debian12, 'i686', ''), 'this machine is a i686', noBetter(supported)],
    [
      'riscv',
      host(debian13, 'riscv64', 'riscv64'),
      'this machine is a riscv64 with packages for riscv64',
      noBetter(supported),
    ],
    ['a machine without a name', host(debian13, '', ''), 'this machine is a unknown', noBetter(supported)],
    [
      'a 32-bit Docker on a 64-bit system',
      host(debian13, 'aarch64', 'arm64', 'arm'),
      'Docker on this host is for arm, and the host is arm64',
      `${supported} Install a Docker for arm64 (docker version shows what runs), and run this again.`,
    ],
    ['Fedora', host(fedora, 'x86_64', ''), 'this is Fedora Linux 41 (Server Edition)', distributions],
    ['a distribution without a name', host('ID=arch\n', 'x86_64', ''), 'this is arch', distributions],
    ['nothing at all', '', 'this is unknown', distributions],
  ])('refuses %s', (_, text, message, hint) => {
    expect(refusal(text)).toBe(`${message}\n${hint}`)
  })

  it('a release without a version or a codename has empty ones', () => {
    expect(parsePlatform(host('ID=debian\n', 'amd64', ''))).toEqual({
      distro: 'debian',
      release: '',
      codename: '',
      base: { distro: 'debian', codename: '' },
      architecture: 'amd64',
      docker: 'linux/amd64',
    })
  })

  it('a quote inside a value, or at one end only, belongs to it', () => {
    expect(parsePlatform(host('ID=debian\nVERSION_ID=1"2"\nVERSION_CODENAME="a"b\n', 'x86_64', ''))).toMatchObject({
      release: '1"2"',
      codename: '"a"b',
    })
  })

  it('is read by one command of the shell', async () => {
    const scripted = new ScriptedHost(() => host(debian13, 'x86_64', 'amd64'))
    await scripted.host.fact(platformFact)
    expect(scripted.commands).toMatchInlineSnapshot(`
      [
        "sh -c 'cat /etc/os-release
      echo
      echo "MACHINE=$(uname -m)"
      echo "PACKAGES=$(dpkg --print-architecture 2>/dev/null)"
      if [ -S /run/docker.sock ] && command -v curl >/dev/null; then echo "ENGINE=$(curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/version | sed -n '\\''s/^{.*,"Arch":"\\([a-z0-9]*\\)".*/\\1/p'\\'')"; fi'",
      ]
    `)
    await expect(new ScriptedHost(() => '').host.fact(platformFact)).rejects.toThrow('this is unknown')
    expect(platformFact).toMatchObject({ name: 'platform', stable: true })
  })
})
