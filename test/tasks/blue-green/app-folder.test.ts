import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Task } from '../../../runner/task/task.ts'
import { appFolder } from '../../../tasks/blue-green/app-folder.ts'
import { check, container, failure, good, routeOf, TestHost, type TestHostOptions } from './builders.ts'

const look = `folder=/opt/shop
    if [ -L "$folder" ]; then echo "it is a link to $(readlink "$folder")"; exit; fi
    if [ -e "$folder" ] && [ ! -d "$folder" ]; then echo 'it is no folder'; exit; fi
    if [ -e /opt/shop/.cutover ] || [ "$(readlink "$folder/deploy" || :)" = /opt/cutover/cutover.sh ]; then exit; fi
    ls -A -- "$folder" 2>/dev/null | grep -v '^[.][.]cutover[.]' | head -n 3 | paste -sd ' ' - | sed -n 's/^./it holds &/p'`

const hostOf = (content: ScriptedOutput, options: TestHostOptions = {}): TestHost =>
  new TestHost({ [look]: content }, options)
const claim = appFolder('shop', [])[0] as Task

it('an app’s folder is claimed, made and marked before anything is put into it', () => {
  const names = (tasks: Task[]): string[] => tasks.map(({ name }) => name)
  const marked = ['claim shop', 'directory /opt/shop', 'file /opt/shop/.cutover']
  expect(names(appFolder('shop', []))).toEqual(marked)
  expect(names(appFolder('shop', ['/opt/shop/data']))).toEqual([...marked, 'directory /opt/shop/data'])
})

it('the mark says whose the folder is', async () => {
  const change = await check(appFolder('shop', [])[2] as Task, new TestHost())
  expect(change?.after).toContain('Written by Cutover: setup keeps what is in this folder.\n')
})

it('the folders are the app’s and those in it', async () => {
  const [, own, , inside] = appFolder('shop', ['/opt/shop/data']) as [Task, Task, Task, Task]
  const host = new TestHost(() => '')
  expect([await check(own, host), await check(inside, host)]).toMatchObject([{ summary: 'new' }, { summary: 'new' }])
})

describe('a folder, a container and a route are claimed', () => {
  it.each<[string, TestHostOptions]>([
    ['where there is nothing', {}],
    ['where the route is a slot’s', { route: routeOf('blue') }],
    ['where the route is blank', { route: ' \n' }],
    ['where the route is ours, though it names no slot', { route: '# Written by Cutover: x' }],
    ['where the route is damaged, and the app has a history', { route: '{{{', history: [good(1)] }],
  ])('%s', async (_, options) => {
    const host = hostOf('', options)
    expect(await check(claim, host)).toBeNull()
    expect(host.log).toEqual([look, 'inspect shop-blue shop-green shop-migration'])
    await expect(claim.apply(host.host, { summary: '' })).resolves.toBeUndefined()
  })

  it('never where the folder is somebody else’s', async () => {
    expect(await failure(check(claim, hostOf('it holds compose.yaml data\n')))).toEqual({
      kind: 'UnsafeError',
      message: "/opt/shop is not Cutover's: it holds compose.yaml data",
      hint:
        'It is left as it is. Give the app another name in the inventory, or move what is there elsewhere ' +
        '(mv /opt/shop /root/), and run this again.\nIf it is what a setup left that was cut off: touch /opt/shop/.cutover',
    })
  })

  it('never where a container is somebody else’s', async () => {
    const host = hostOf('', { containers: [container('shop-blue')] })
    expect(await failure(check(claim, host))).toMatchObject({
      kind: 'UnsafeError',
      message: "the container shop-blue is not Cutover's: it has no label of that name",
    })
  })

  it('never where the route is somebody else’s', async () => {
    expect(await failure(check(claim, hostOf('', { route: 'http: {}\n' })))).toEqual({
      kind: 'UnsafeError',
      message: "/opt/traefik/dynamic/shop.yaml is not Cutover's: it has no line 'Written by Cutover'",
      hint:
        'It is left as it is. Give it another name (mv /opt/traefik/dynamic/shop.yaml ' +
        '/opt/traefik/dynamic/shop-mine.yaml; Traefik reads it all the same), and run this again.',
    })
  })
})
