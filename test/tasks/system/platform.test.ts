import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { parsePlatform, platformFact } from '../../../tasks/system/platform.ts'

/** What the systems themselves say in /etc/os-release. */
const debian12 =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n'
const debian13 =
  'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nDEBIAN_VERSION_FULL=13.8\nID=debian\n'
const ubuntu22 =
  'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.5 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=jammy\n'
const ubuntu24 =
  'PRETTY_NAME="Ubuntu 24.04.2 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04.2 LTS (Noble Numbat)"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nLOGO=ubuntu-logo\n'
/** The 64-bit Raspberry Pi OS calls itself Debian, the 32-bit one Raspbian. */
const pi64 = debian12
const pi32 =
  'PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"\nNAME="Raspbian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=raspbian\nID_LIKE=debian\n'
const mint =
  'NAME="Linux Mint"\nVERSION="22 (Wilma)"\nID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Linux Mint 22"\nVERSION_ID="22"\nVERSION_CODENAME=wilma\n'
const fedora = "NAME='Fedora Linux'\nVERSION_ID=41\nID=fedora\nPRETTY_NAME='Fedora Linux 41 (Server Edition)'\n"

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
  it.each([
    [
      'Debian 12',
      host(debian12, 'x86_64', 'amd64'),
      { distro: 'debian', release: '12', codename: 'bookworm', docker: 'linux/amd64' },
    ],
    [
      'Debian 13 with Docker',
      host(debian13, 'x86_64', 'amd64', 'amd64'),
      { distro: 'debian', release: '13', codename: 'trixie', docker: 'linux/amd64' },
    ],
    [
      'Ubuntu 22.04',
      host(ubuntu22, 'x86_64', 'amd64'),
      { distro: 'ubuntu', release: '22.04', codename: 'jammy', docker: 'linux/amd64' },
    ],
    [
      'Ubuntu 24.04 on arm64',
      host(ubuntu24, 'aarch64', 'arm64'),
      { distro: 'ubuntu', release: '24.04', codename: 'noble', docker: 'linux/arm64' },
    ],
    [
      'Raspberry Pi OS 64',
      host(pi64, 'aarch64', 'arm64', 'arm64'),
      { distro: 'debian', release: '12', codename: 'bookworm', docker: 'linux/arm64' },
    ],
    [
      'Linux Mint',
      host(mint, 'x86_64', 'amd64'),
      { distro: 'linuxmint', release: '22', codename: 'wilma', docker: 'linux/amd64' },
    ],
    // A Docker that does not answer, or a dpkg that is not there, says nothing against the rest.
    ['Docker away', host(debian13, 'x86_64', 'amd64', ''), { docker: 'linux/amd64' }],
    ['no dpkg in the path', host(debian13, 'aarch64', ''), { docker: 'linux/arm64' }],
    ['an amd64 Docker under emulation', host(debian13, 'aarch64', 'arm64', 'amd64'), { docker: 'linux/amd64' }],
  ])('%s', (_, text, expected) => {
    expect(parsePlatform(text)).toMatchObject(expected)
  })

  const supported = 'Cutover works on amd64 and arm64.'
  const noBetter = `${supported} A Raspberry Pi 3, 4, 5 or Zero 2 can run the 64-bit Raspberry Pi OS.`
  const install = (installer: string): string =>
    `${supported} Install the 64-bit system: on a Raspberry Pi “Raspberry Pi OS (64-bit)”, else the installer for ${installer}.`
  const distributions = 'Cutover sets up Debian, Ubuntu and Raspberry Pi OS, and what is made from them.'

  it.each([
    [
      'Raspberry Pi OS 32 on a 64-bit kernel',
      host(pi32, 'aarch64', 'armhf'),
      'this is a 32-bit system (armhf) on a 64-bit machine (aarch64)',
      install('arm64'),
    ],
    [
      'its Debian too, when Docker is there',
      host(debian12, 'aarch64', 'armhf', 'arm'),
      'this is a 32-bit system (armhf) on a 64-bit machine (aarch64)',
      install('arm64'),
    ],
    [
      'a 32-bit PC system on a 64-bit kernel',
      host(debian12, 'x86_64', 'i386'),
      'this is a 32-bit system (i386) on a 64-bit machine (x86_64)',
      install('amd64'),
    ],
    ['an old Pi', host(pi32, 'armv7l', 'armhf'), 'this machine is a armv7l with packages for armhf', noBetter],
    ['an old PC', host(debian12, 'i686', 'i386'), 'this machine is a i686 with packages for i386', noBetter],
    ['an old PC without dpkg', host(debian12, 'i686', ''), 'this machine is a i686', noBetter],
    ['riscv', host(debian13, 'riscv64', 'riscv64'), 'this machine is a riscv64 with packages for riscv64', noBetter],
    ['a machine without a name', host(debian13, '', ''), 'this machine is a unknown', noBetter],
    [
      'a 32-bit Docker on a 64-bit system',
      host(debian13, 'aarch64', 'arm64', 'arm'),
      'Docker on this host is for arm, and the host is arm64',
      `${supported} Install the Docker of the distribution (docker version shows what runs), and run this again.`,
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
