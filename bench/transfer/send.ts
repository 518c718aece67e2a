/** Brings an image of this machine's Docker to all hosts, as a deploy does: the work that `npm run bench -- transfer` measures. */
import { action, playbook, runIfMain } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'
import { imageFromDocker, sentNote } from '../../tasks/docker/index.ts'

const send = playbook(
  'Send an image',
  { settings, topLevelKeys: topLevel, help: 'Sends an image of Docker.', positionals: 'IMAGE' },
  async ({ positionals: [reference = ''], hosts, on }) => {
    const image = await imageFromDocker(reference)
    try {
      await on(hosts(), async ({ run, say }) => {
        await run(action('send', async (host) => say(sentNote(await image.bringTo(host, '/var/tmp/cutover-bench')))))
      })
    } finally {
      await image.close()
    }
  },
)
export default send
await runIfMain(import.meta, send)
