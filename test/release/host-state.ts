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

/** A script that prints, for root on a host, what `parseState` reads. */
export const stateScript = `
find /opt/traefik/staging /opt/shop /run -maxdepth 1 \\( -name '.*.??????' -o -name 'cutover-registry.*' \\) -exec touch -d '2 hours ago' {} +
sh /opt/cutover/heal.sh shop
slot=$(sed -n 's/^ *service: shop-\\(blue\\|green\\)$/\\1/p' /opt/traefik/dynamic/shop.yaml | head -n 1)
echo "slot $slot"
echo "live $(docker inspect -f '{{index .Config.Labels "cutover.tag"}}' "shop-$slot")"
docker inspect -f 'networks {{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "shop-$slot"
docker ps -a --format 'container {{.Names}} {{.State}}'
docker inspect -f '{{index .Config.Labels "cutover.route"}}' "shop-$slot" | head -c -1 | cmp -s - /opt/traefik/dynamic/shop.yaml && echo whole
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
    routeIsWhole: lines.includes('whole'),
    lock: all('lock').join(),
    recorded: all('recorded').join(),
    files: [...new Set(all('file').map((path) => path.replace(/[0-9a-f]{8,}/g, 'HEX')))].sort(),
    processes: all('process'),
  }
}
