import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import {
  appsOf,
  chooseApp,
  perHost,
  placesOf,
  pollerPaused,
  pollerResumed,
  reasonGiven,
  settings,
  topLevel,
} from '../tasks/app/index.ts'
import { appIsSetUp, releaser } from '../tasks/blue-green/index.ts'

const words = ['pause', 'resume'] as const

const poller = playbook(
  'Poller',
  {
    settings,
    topLevelKeys: topLevel,
    positionals: 'pause|resume',
    help: [
      'Holds the poller back, or lets it go on: while it is paused, nothing is released unless a person deploys.',
      'A pause stays through reboots and setups. What runs goes on, and is still healed.',
    ].join('\n'),
    options: {
      app: { type: 'string', short: 'a', placeholder: 'NAME', help: 'only this app; default: all apps' },
      reason: { type: 'string', placeholder: 'TEXT', help: 'why it is paused; status shows it to everybody' },
    },
  },
  async ({ inventory, options, positionals, hosts, on: onHosts }) => {
    const word = wordOf(positionals)
    const reason = reasonOf(word, options.reason)
    const only = options.app === undefined ? undefined : chooseApp(inventory, options.app)
    const appsOn = perHost(hosts(), (host) =>
      appsOf(inventory, host).flatMap(({ name }) => (only === undefined || name === only ? [name] : [])),
    )
    const places = only === undefined ? hosts() : placesOf(inventory, only, hosts()).hosts
    const { who, where } = releaser()
    await onHosts(places, async ({ host, run }) => {
      await run(
        appsOn(host).map((app) => [
          appIsSetUp(app),
          reason === null ? pollerResumed(app) : pollerPaused(app, { who: `${who} on ${where}`, reason }),
        ]),
      )
    })
  },
)
export default poller

/** @throws UsageError */
function wordOf(positionals: readonly string[]): (typeof words)[number] {
  const word = words.find((each) => each === positionals[0])
  if (word && positionals.length === 1) return word
  throw new UsageError(`pause or resume: which of them?`, { hint: 'For example: poller pause --reason "the fair"' })
}

/** Why the poller is paused; null: it is resumed. @throws UsageError */
function reasonOf(word: (typeof words)[number], reason = ''): string | null {
  if (word === 'resume') {
    if (reason !== '') throw new UsageError('--reason goes with pause only')
    return null
  }
  return reasonGiven(reason, 'why is it paused?', 'Whoever wonders why nothing is released will read it.')
}

await runIfMain(import.meta, poller)
