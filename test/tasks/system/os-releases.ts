/** What /etc/os-release has on real systems, as their owners show it in public. */
const debianLinks = `HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`

/** Also the 64-bit Raspberry Pi OS 12: it calls itself Debian. */
export const debian12 = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
${debianLinks}`

/** Also the 64-bit Raspberry Pi OS 13. */
export const debian13 = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
DEBIAN_VERSION_FULL=13.4
ID=debian
${debianLinks}`

/** Debian's next release, before it is one. */
export const forky = `PRETTY_NAME="Debian GNU/Linux forky/sid"
NAME="Debian GNU/Linux"
VERSION_CODENAME=forky
ID=debian
${debianLinks}`

const ubuntuLinks = `HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"
`

export const ubuntu22 = `PRETTY_NAME="Ubuntu 22.04.5 LTS"
NAME="Ubuntu"
VERSION_ID="22.04"
VERSION="22.04.5 LTS (Jammy Jellyfish)"
VERSION_CODENAME=jammy
ID=ubuntu
ID_LIKE=debian
${ubuntuLinks}UBUNTU_CODENAME=jammy
`

export const ubuntu24 = `PRETTY_NAME="Ubuntu 24.04.2 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.2 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
${ubuntuLinks}UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
`

export const ubuntu26 = `PRETTY_NAME="Ubuntu 26.04 LTS"
NAME="Ubuntu"
VERSION_ID="26.04"
VERSION="26.04 LTS (Resolute Raccoon)"
VERSION_CODENAME=resolute
ID=ubuntu
ID_LIKE=debian
${ubuntuLinks}UBUNTU_CODENAME=resolute
LOGO=ubuntu-logo
`

const raspbianLinks = `HOME_URL="http://www.raspbian.org/"
SUPPORT_URL="http://www.raspbian.org/RaspbianForums"
BUG_REPORT_URL="http://www.raspbian.org/RaspbianBugs"
`

/** The 32-bit Raspberry Pi OS. */
export const raspbian12 = `PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"
NAME="Raspbian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=raspbian
ID_LIKE=debian
${raspbianLinks}`

export const raspbian13 = `PRETTY_NAME="Raspbian GNU/Linux 13 (trixie)"
NAME="Raspbian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
DEBIAN_VERSION_FULL=13.1
ID=raspbian
ID_LIKE=debian
${raspbianLinks}`

const mintLinks = `HOME_URL="https://www.linuxmint.com/"
SUPPORT_URL="https://forums.linuxmint.com/"
BUG_REPORT_URL="http://linuxmint-troubleshooting-guide.readthedocs.io/en/latest/"
PRIVACY_POLICY_URL="https://www.linuxmint.com/"
`

export const mint22 = `NAME="Linux Mint"
VERSION="22.3 (Zena)"
ID=linuxmint
ID_LIKE="ubuntu debian"
PRETTY_NAME="Linux Mint 22.3"
VERSION_ID="22.3"
${mintLinks}VERSION_CODENAME=zena
UBUNTU_CODENAME=noble
`

/** Linux Mint that is made from Debian. */
export const lmde7 = `PRETTY_NAME="LMDE 7 (gigi)"
NAME="LMDE"
VERSION_ID="7"
VERSION="7 (gigi)"
VERSION_CODENAME=gigi
ID=linuxmint
ID_LIKE=debian
DEBIAN_CODENAME=trixie
${mintLinks}`

export const lmde6 = `PRETTY_NAME="LMDE 6 (faye)"
NAME="LMDE"
VERSION_ID="6"
VERSION="6 (faye)"
VERSION_CODENAME=faye
ID=linuxmint
ID_LIKE=debian
DEBIAN_CODENAME=bookworm
${mintLinks}`

export const pop24 = `NAME="Pop!_OS"
VERSION="24.04 LTS"
ID=pop
ID_LIKE="ubuntu debian"
PRETTY_NAME="Pop!_OS 24.04 LTS"
VERSION_ID="24.04"
HOME_URL="https://pop.system76.com"
SUPPORT_URL="https://support.system76.com"
BUG_REPORT_URL="https://github.com/pop-os/pop/issues"
PRIVACY_POLICY_URL="https://system76.com/privacy"
VERSION_CODENAME=noble
UBUNTU_CODENAME=noble
`

/** It names no release of Ubuntu beside its own codename, which is Ubuntu's. */
export const zorin17 = `PRETTY_NAME="Zorin OS 17.1"
NAME="Zorin OS"
VERSION_ID="17"
VERSION="17.1"
VERSION_CODENAME=jammy
ID=zorin
ID_LIKE="ubuntu debian"
HOME_URL="https://zorin.com/os/"
SUPPORT_URL="https://help.zorin.com/"
`

export const kali = `PRETTY_NAME="Kali GNU/Linux Rolling"
NAME="Kali GNU/Linux"
VERSION_ID="2026.3"
VERSION="2026.3"
VERSION_CODENAME=kali-rolling
ID=kali
ID_LIKE=debian
HOME_URL="https://www.kali.org/"
SUPPORT_URL="https://forums.kali.org/"
BUG_REPORT_URL="https://bugs.kali.org/"
ANSI_COLOR="1;31"
`

/** Armbian keeps the names of what it is made from. */
export const armbianNoble = `PRETTY_NAME="Armbian_community 25.8.0-trunk.309 noble"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.armbian.com"
SUPPORT_URL="https://forum.armbian.com"
BUG_REPORT_URL="https://www.armbian.com/bugs"
PRIVACY_POLICY_URL="https://www.armbian.com"
UBUNTU_CODENAME=noble
LOGO="armbian-logo"
ARMBIAN_PRETTY_NAME="Armbian_community 25.8.0-trunk.309 noble"
`

export const armbianTrixie = `PRETTY_NAME="Armbian 25.11.1 trixie"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
ID=debian
ARMBIAN_PRETTY_NAME="Armbian 25.11.1 trixie"
`

/** One that has an ID of its own. */
export const armbianBookworm = `PRETTY_NAME="Armbian 23.11.0 Bookworm"
NAME="Armbian"
VERSION_ID="23.11.0"
VERSION="23.11.0"
VERSION_CODENAME=bookworm
ID=armbian
ID_LIKE=debian
HOME_URL="https://www.armbian.com"
SUPPORT_URL="https://forum.armbian.com"
`

export const fedora = `NAME='Fedora Linux'
VERSION_ID=41
ID=fedora
PRETTY_NAME='Fedora Linux 41 (Server Edition)'
`
