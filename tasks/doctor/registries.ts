import { quote } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import type { Check, Patient, Report } from './check.ts'
import { type Asked, forEachName } from './names.ts'

/** The registry of an image, by the name that Docker reads out of the image's. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  if (rest.length === 0 || !/[.:]|^localhost$/.test(first)) return 'docker.io'
  return first === 'index.docker.io' ? 'docker.io' : first
}

/** The registries of a host's images. That of an image which the host has pulled already is known to it. */
function registriesOf({ settings, apps }: Patient): Asked[] {
  const known = `[ -e ${paths.program}/runtime ]`
  const base = [
    settings.traefik.image,
    settings.runtime.image,
    ...(apps.some(({ app }) => app.backend) ? [settings.postgres.image] : []),
  ]
  const all = [
    ...base.map((image) => ({ name: registryOf(image), known })),
    ...apps.map(({ name, app }) => ({
      name: registryOf(app.image),
      known: `[ -e ${quote(`${paths.app(name)}/.cutover`)} ]`,
    })),
  ]
  const names = [...new Set(all.map(({ name }) => name))]
  return names.map((name) => ({
    name,
    known: [...new Set(all.filter((each) => each.name === name).map((each) => each.known))].join(' && '),
  }))
}

/**
 * Asks a registry as a pull does: at its own port, by dockerd's proxy, with the certificates that Docker has for it, and
 * for Docker Hub at the address that Docker asks, or at a mirror. Prints the registry and `reached`, or curl's exit
 * status with its last words. Where there is no curl yet, a connection is all that is tried.
 */
const look = `host=$1
  if [ "$1" = docker.io ]; then host=registry-1.docker.io; fi
  name=\${host%:*} port=\${host##*:}
  if [ "$port" = "$host" ]; then port=443; fi
  if ! command -v curl >/dev/null; then
    if ! getent ahosts "$name" >/dev/null; then said=6
    elif timeout 5 bash -c ': <"/dev/tcp/$0/$1"' "$name" "$port" 2>/dev/null; then said=reached
    else said=7; fi
    printf '%s %s\\n' "$1" "$said"
    return
  fi
  for address in $(if [ "$1" = docker.io ]; then mirrors; fi) "https://$host"; do
    at=\${address#*://}
    words=$(
      dockerd_proxy
      set --
      for file in "/etc/docker/certs.d/\${at%%/*}"/*.crt; do
        if [ -e "$file" ]; then set -- --cacert /dev/stdin --capath /etc/ssl/certs; fi
      done
      cat "/etc/docker/certs.d/\${at%%/*}"/*.crt 2>/dev/null |
        curl -sS -o /dev/null --connect-timeout 5 --max-time 8 "$@" "\${address%/}/v2/" 2>&1
    ) && said=reached && break
    said="$? $(printf '%s' "$words" | head -n 1)"
  done
  printf '%s %s\\n' "$1" "$said"`

/** Defines \`dockerd_proxy\`, which sets the proxy that dockerd has in its environment, and \`mirrors\` of Docker Hub. */
const helpers = `dockerd_proxy() {
  read -r pid 2>/dev/null </run/docker.pid && [ -r "/proc/$pid/environ" ] || return 0
  for variable in $(tr '\\0' '\\n' <"/proc/$pid/environ" | grep -iE '^(https?|no)_proxy=[^ ]*$'); do
    case $variable in
      [Hh][Tt][Tt][Pp]_*) export "http_proxy=\${variable#*=}" ;;
      [Hh][Tt][Tt][Pp][Ss]_*) export "https_proxy=\${variable#*=}" ;;
      *) export "no_proxy=\${variable#*=}" ;;
    esac
  done
}
mirrors() {
  tr -d ' \\n' </etc/docker/daemon.json 2>/dev/null | sed -n 's/.*"registry-mirrors":\\[\\([^]]*\\)\\].*/\\1/p' | tr -d '"' | tr ',' '\\n'
}`

/** Whether the host reaches the registries of its images. */
export const registries: Check = {
  name: 'registry',
  script: (patient) => {
    const asked = registriesOf(patient)
    return `${helpers}\n${forEachName(asked, look, patient.onlyNewNames)}`
  },
  find: (shown, { settings }) =>
    // They answered in any order.
    shown
      .split('\n')
      .sort()
      .flatMap((line): Report[] => {
        const [, name, result = ''] = /^(\S+) (.*)$/.exec(line) ?? []
        return name === undefined ? [] : [findingOn(name, result, settings.registries[name]?.ca !== undefined)]
      }),
}

const proxy = {
  text: 'the proxy of dockerd does not let the host through',
  hint: 'See it: systemctl show --property Environment docker',
}
/** What curl's exit statuses mean. With another one there was an answer, and a pull says what it makes of it. */
const problems: Record<string, { text: string; hint: string }> = {
  5: proxy,
  6: {
    text: 'its name does not resolve on the host',
    hint: 'Is it written right? What does the host’s DNS say: getent hosts NAME; cat /etc/resolv.conf',
  },
  7: { text: 'nothing answers there', hint: 'Is it up, and may the host reach it (firewall, proxy)?' },
  28: { text: 'it does not answer in time', hint: 'Is it up, and may the host reach it (firewall, proxy)?' },
  97: proxy,
}

function findingOn(name: string, result: string, hasCa: boolean): Report {
  const [code = '', ...words] = result.split(' ')
  if (code === '60' && !hasCa)
    return {
      severity: 'warning',
      text: `${name}: its certificate is not trusted`,
      hint: `Name its CA in the inventory: vars: { registries: { '${name}': { ca: FILE } } }${said(words)}`,
    }
  const problem = code === '56' && words.join(' ').includes('CONNECT') ? proxy : problems[code]
  if (!problem) return { severity: 'ok', text: `${name} answers` }
  return { severity: 'warning', text: `${name}: ${problem.text}`, hint: `${problem.hint}${said(words)}` }
}

const said = (words: readonly string[]): string => (words.length > 0 ? `\n${words.join(' ')}` : '')
