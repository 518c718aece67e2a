import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { cutover, variant } from '../../lab/cutover.ts'

const both = inject('lab')
/** The lab's first host alone: these tests are of what one host makes of bad input. */
const lab = both && { ...both, inventory: variant(both, 'first', (raw) => delete raw.hosts['web-2']) }

/** Each ends with a message that says what to do, and with its exit status; and before a host is touched. */
describe.skipIf(!lab)('bad input', () => {
  const inventory = lab?.inventory ?? ''

  it('an unknown option, one without its value, one that is no number', async () => {
    expect(await cutover('deploy', ['--tga', 'v1'], inventory)).toMatchObject({
      code: 2,
      output: expect.stringContaining('there is no option --tga\n  Did you mean --tag?') as string,
    })
    expect(await cutover('deploy', ['--tag'], inventory)).toMatchObject({
      code: 2,
      output: expect.stringContaining('--tag') as string,
    })
    expect(await cutover('setup', ['--forks', 'many'], inventory)).toMatchObject({
      code: 2,
      output: expect.stringContaining("--forks takes a whole number of 1 or more, not 'many'") as string,
    })
  })

  it('no inventory, an unknown key, an unknown host in --limit, an unknown app', async () => {
    expect(await cutover('setup', [], '/nowhere.yaml')).toMatchObject({
      code: 2,
      output: expect.stringContaining('cp inventory.example.yaml inventory.yaml') as string,
    })
    const odd = variant(lab!, 'odd', (raw) => (raw.hosts['web-1']!.adress = 'x'))
    expect(await cutover('setup', [], odd)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/odd\.yaml:\d+:\d+: unknown key 'adress'/) as string,
    })
    expect(await cutover('setup', ['--limit', 'wbe-1'], inventory)).toMatchObject({
      code: 2,
      output: expect.stringContaining("Did you mean 'web-1'?") as string,
    })
    const unknown = await cutover('deploy', ['--tag', 'v1.0.0', '--app', 'shpo'], inventory)
    expect(unknown).toEqual({
      code: 2,
      output: "error: no app is called 'shpo'\n  Did you mean 'shop'? There are: shop.\n",
    })
  })

  it('a secret that is missing, and one of several lines under a name that Docker itself uses', async () => {
    expect(await cutover('setup', [], inventory, { SHOP_SECRET_KEY: undefined })).toMatchObject({
      code: 2,
      output: expect.stringContaining('the environment has no SHOP_SECRET_KEY') as string,
    })
    const proxied = variant(
      lab!,
      'proxied',
      (raw) => (raw.apps.shop!.secrets = { HTTPS_PROXY: { env: 'SHOP_SECRET_KEY' } }),
    )
    expect(await cutover('setup', [], proxied, { SHOP_SECRET_KEY: 'a\nb' })).toMatchObject({
      code: 2,
      output: expect.stringContaining('HTTPS_PROXY of shop has several lines') as string,
    })
  })

  it('what is not a valid tag, and no certificate', async () => {
    expect(await cutover('deploy', ['--tag', 'ghcr.io/you/shop:v1.0.0'], inventory)).toEqual({
      code: 2,
      output:
        "error: 'ghcr.io/you/shop:v1.0.0' is not a valid tag: a tag is letters, digits, dots, dashes and underscores, at most 128\n  The image is in the inventory; the tag alone: v1.0.0\n",
    })
    expect(await cutover('rollback', ['v1 '], inventory)).toMatchObject({
      code: 2,
      output: expect.stringContaining("'v1 ' is not a valid tag") as string,
    })
    const der = variant(lab!, 'der', (raw) => (raw.vars.registries = { 'registry.lab:5000': { ca: 'known_hosts' } }))
    expect(await cutover('setup', [], der)).toMatchObject({
      code: 2,
      output: expect.stringMatching(
        /known_hosts is not a certificate in PEM format\n.*openssl x509 -inform der/,
      ) as string,
    })
  })

  it('two apps that both want every request', async () => {
    const two = variant(lab!, 'two', (raw) => (raw.apps.other = { ...raw.apps.shop }))
    expect(await cutover('setup', [], two)).toMatchObject({
      code: 2,
      output: expect.stringContaining('only one can answer by IP: shop, other') as string,
    })
  })

  it('a host that does not answer', async () => {
    const silent = variant(lab!, 'silent', (raw) => (raw.hosts['web-1']!.port = 2))
    expect(await cutover('setup', [], silent)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/does not answer.*ECONNREFUSED[\s\S]*unreachable=1/) as string,
    })
  })

  it('a host key that is not known, and the way to accept it', async () => {
    writeFileSync(join(lab!.directory, 'empty'), '')
    const unknown = variant(lab!, 'unknown', (raw) => (raw.defaults.known_hosts = 'empty'))
    const { code, output } = await cutover('status', [], unknown)
    expect(code).toBe(3)
    expect(output).toMatch(/its host key is not known \(SHA256:\S+\)[\s\S]*ssh-keyscan[\s\S]*--accept-new-host-keys/)
    expect(readFileSync(join(lab!.directory, 'empty'), 'utf8')).toBe('')
    await cutover('status', ['--accept-new-host-keys'], unknown)
    expect(readFileSync(join(lab!.directory, 'empty'), 'utf8')).toContain(lab!.hosts[0]!.address)
  })

  it('a host key that has changed, even when new ones are accepted', async () => {
    const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
    appendFileSync(join(lab!.directory, 'changed'), `${lab!.hosts[0]!.address} ssh-ed25519 ${other}\n`)
    const changed = variant(lab!, 'changed-key', (raw) => (raw.defaults.known_hosts = 'changed'))
    expect(await cutover('status', ['--accept-new-host-keys'], changed)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/ITS HOST KEY HAS CHANGED[\s\S]*changed:1[\s\S]*ssh-keygen -f \S+ -R/) as string,
    })
  })

  it('a key that is not let in', async () => {
    const stranger = variant(lab!, 'stranger', (raw) => (raw.defaults.user = 'root'))
    expect(await cutover('status', [], stranger)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/refused the login[\s\S]*ssh-copy-id/) as string,
    })
  })

  it('a user without sudo, and one whose sudo asks', async () => {
    const guest = variant(lab!, 'guest', (raw) => (raw.defaults.user = 'guest'))
    expect(await cutover('status', [], guest)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/sudo/) as string,
    })
    const pat = variant(lab!, 'pat', (raw) => (raw.defaults.user = 'pat'))
    expect(await cutover('status', [], pat)).toMatchObject({
      code: 3,
      output: expect.stringContaining('become_password') as string,
    })
  })

  it('a release before setup', async () => {
    expect(await cutover('deploy', ['--tag', 'v1.0.0'], inventory)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Run setup first') as string,
    })
    expect(await cutover('deploy', [], inventory)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Run setup first') as string,
    })
  })
})

describe.skipIf(!lab)('check mode', () => {
  it('says what setup would do on a new host, with what it cannot know yet, and changes nothing', async () => {
    const first = await cutover('setup', ['--check', '--diff'], lab!.inventory)
    expect(first.code).toBe(0)
    expect(first.output).toMatch(/would change.*docker/)
    expect(first.output).toContain('+*/1 * * * * root /opt/cutover/poll.sh shop')
    expect(first.output).not.toContain('hunter2')
    expect((await cutover('setup', ['--check', '--diff'], lab!.inventory)).output.replace(/\(?[\d.]+ s\)?/g, '')).toBe(
      first.output.replace(/\(?[\d.]+ s\)?/g, ''),
    )
  })
})
