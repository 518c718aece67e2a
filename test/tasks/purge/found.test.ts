import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { type Found, isThere, look } from '../../../tasks/purge/found.ts'

const foundOf = (stdout: string): Promise<Found> => look(new ScriptedHost(() => stdout).host, 'shop')

describe('what an app has on a host', () => {
  it('is read line by line, with sizes', async () => {
    const found = await foundOf(
      'folders /opt/shop\nvolumes shop-postgres\t48M\nrunning shop-blue\nrunning shop-postgres\n',
    )
    expect(found).toMatchObject({
      folders: ['/opt/shop'],
      volumes: ['shop-postgres'],
      running: ['shop-blue', 'shop-postgres'],
      stopped: [],
    })
    expect(found.sizes.get('shop-postgres')).toBe('48M')
  })

  it.each([
    ['', false, false],
    ['volumes shop-postgres\t1M', false, true],
    ['folders /opt/shop\nbackups /opt/shop/backups/x\t1M', false, true],
    ['folders /opt/shop', true, true],
    ['folders /opt/shop\nforeign /opt/shop/notes', false, false],
    ['foreign /opt/shop', false, false],
    ['pollers /etc/cron.d/cutover-shop', true, true],
    ['stopped shop-green', true, true],
    ['databases shop in data-postgres', false, true],
  ])('%j: a purge has something to remove: %s, with its data: %s', async (stdout, without, withData) => {
    const found = await foundOf(stdout)
    expect([isThere(found, false), isThere(found, true)]).toEqual([without, withData])
  })
})
