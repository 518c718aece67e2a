/** What a release leaves on a host: where one was cut and finished, it must be as after one that was not. */
export interface HostState {
  /** The slot that the route names. */
  slot: string
  /** The tag of the container that the route names. */
  live: string
  /** All containers with their state; the slots are called `live` and `other`. */
  containers: string[]
  /** The networks of the container that the route names. */
  networks: string
  /** Whether the route gives another slot a share of the requests. */
  canary: boolean
  /** Whether the route file is, byte for byte, the one that the live container was made with. */
  routeIsWhole: boolean
  lock: string
  /** The tag of the last good release in the history. */
  recorded: string
  /** The files of Cutover, without checksums. */
  files: string[]
  /** What runs of Cutover. */
  processes: string[]
}

/** A script by which a host tidies up what is an hour old, and does what it does each minute. */
export const minuteScript = `
find /opt/traefik/staging /opt/shop /run -maxdepth 1 \\( -name '.*.??????' -o -name 'cutover-registry.*' \\) -exec touch -d '2 hours ago' {} +
sh /opt/cutover/heal.sh shop
true
`

/** A script that prints, for root on a host, what `parseState` reads. */
export const stateScript = `
slot=$(sed -nE 's/^(# before:| *service:) shop-(blue|green)$/\\2/p' /opt/traefik/dynamic/shop.yaml | head -n 1)
echo "slot $slot"
echo "live $(docker inspect -f '{{index .Config.Labels "cutover.tag"}}' "shop-$slot")"
docker inspect -f 'networks {{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "shop-$slot"
docker ps -a --format 'container {{.Names}} {{.State}}'
docker inspect -f '{{index .Config.Labels "cutover.route"}}' "shop-$slot" | head -c -1 | cmp -s - /opt/traefik/dynamic/shop.yaml && echo whole
grep -q '^# canary: ' /opt/traefik/dynamic/shop.yaml && echo canary
if [ -e /opt/shop/lock ]; then echo "lock $(cat /opt/shop/lock/owner)"; fi
grep '"result":"good"' /opt/shop/releases.jsonl | tail -n 1 | sed 's/.*"tag":"\\([^"]*\\)".*/recorded \\1/'
find /opt /run/cutover[!-]* /run/cutover-registry* -path '*/postgres/data' -prune -o -print 2>/dev/null | sed 's/^/file /'
pgrep -af '/opt/cutover/|cutover.mjs' | grep -v pgrep | sed 's/^[0-9]* /process /'
true
`

/** Reads what `stateScript` has printed. */
export function parseState(text: string): HostState {
  const lines = text.split('\n')
  const all = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const [slot = ''] = all('slot')
  const called = (name: string): string =>
    name.replace(/^shop-(blue|green)\b/, (_, each: string) => (each === slot ? 'live' : 'other'))
  return {
    slot,
    live: all('live').join(),
    networks: all('networks').join(),
    containers: all('container').map(called).sort(),
    canary: lines.includes('canary'),
    routeIsWhole: lines.includes('whole'),
    lock: all('lock').join(),
    recorded: all('recorded').join(),
    files: [...new Set(all('file').map((path) => path.replace(/[0-9a-f]{8,}/g, 'HEX')))].sort(),
    processes: all('process'),
  }
}

/**
 * What is wrong with a host after a run that finished what another one had left.
 * @param expected the tag that is to be live
 * @param reference the host after a run that was not cut
 * @param standby a slot that does not serve may be in standby, or have ended: how much of its time is left is no
 * difference
 */
export function wrongIn(
  after: HostState,
  { expected, reference, standby = false }: { expected: string; reference: HostState; standby?: boolean },
): string[] {
  const { live, networks, routeIsWhole, lock, recorded, files, processes } = after
  const containersOf = ({ containers }: HostState): string[] =>
    standby ? containers.map((each) => each.replace(/^other (running|exited)$/, 'other')) : containers
  return [
    ...(live === expected ? [] : [`${live} is live, and not ${expected}`]),
    ...(recorded === live ? [] : [`${live} is live, and ${recorded} is recorded`]),
    ...(networks === reference.networks ? [] : [`it is on the networks ${networks}`]),
    ...(routeIsWhole ? [] : ['the route is not what the slot was made with']),
    ...(lock === '' ? [] : [`the lock is held: ${lock}`]),
    ...differences('containers', containersOf(after), containersOf(reference)),
    ...differences('files', files, reference.files),
    ...(processes.length === 0 ? [] : [`processes are left: ${processes.join('; ')}`]),
  ]
}

function differences(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const [more, less] = [found.filter((each) => !wanted.includes(each)), wanted.filter((each) => !found.includes(each))]
  return [
    ...(more.length > 0 ? [`too many ${what}: ${more.join(', ')}`] : []),
    ...(less.length > 0 ? [`too few ${what}: ${less.join(', ')}`] : []),
  ]
}
