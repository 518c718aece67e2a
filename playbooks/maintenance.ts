import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { chooseApp, chosenHosts, placesOf, settings, topLevel } from '../tasks/app/index.ts'
import { maintenance, maintenanceEnded } from '../tasks/proxy/index.ts'

const book = playbook(
  'Maintenance',
  {
    settings,
    topLevelKeys: topLevel,
    connectsTo: chosenHosts,
    help: [
      'Answers the users of an app with 503 and Retry-After (on), until it is ended (off). Releases go on meanwhile.',
      'It is a file beside the route: neither a release nor a restart ends it.',
    ].join('\n'),
    positionals: 'on|off',
    options: {
      app: { type: 'string', short: 'a', placeholder: 'NAME', help: 'the app, where the inventory has several' },
      'retry-after': {
        type: 'string',
        placeholder: 'SECONDS',
        default: '300',
        help: 'when clients and search engines are to come again',
      },
    },
  },
  async ({ inventory, options, positionals, hosts, on: onHosts }) => {
    const [state, ...rest] = positionals
    if ((state !== 'on' && state !== 'off') || rest.length > 0)
      throw new UsageError(`maintenance is on or off${state === undefined ? '' : `, not '${positionals.join(' ')}'`}`, {
        hint: 'What is in maintenance: cutover status',
      })
    const seconds = options['retry-after']
    if (!/^[1-9]\d{0,5}$/.test(seconds))
      throw new UsageError(`--retry-after is whole seconds, from 1 to 999999, not '${seconds}'`)
    const places = placesOf(inventory, chooseApp(inventory, options.app), hosts())
    await onHosts(places.hosts, async ({ run, host }) => {
      const app = places.appOn(host)
      await run(state === 'on' ? maintenance(app, Number(seconds)) : maintenanceEnded(app.name))
    })
  },
)
export default book
await runIfMain(import.meta, book)
