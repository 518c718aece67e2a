import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { noSharedDatabase, noUsers } from '../../../tasks/purge/shared-database.ts'
import { sqlHost } from '../postgres/sql-host.ts'

const running = JSON.stringify({
  Name: '/shop-postgres',
  State: { Running: true },
  Config: { Labels: { cutover: '1' } },
})
const hostWith = (found: object, container = running): ReturnType<typeof sqlHost> => {
  const made = sqlHost((asked) => (asked.includes('json_build_object') ? JSON.stringify(found) : ''), container)
  made.host.files.write('/opt/blog/postgres/server', 'shop\nblog\nblog_user\n', {})
  return made
}
const task = noSharedDatabase('blog')

describe('the database of an app in the server of another one', () => {
  it('goes with what restores have kept, its role and its rule', async () => {
    const { host, asked } = hostWith({ isRole: true, databases: ['blog', 'blog_before_20260101t000000z'] })
    const change = await task.check(host.host)
    expect(change?.summary).toBe('remove blog, blog_before_20260101t000000z, the role blog_user from shop-postgres')
    if (change) await task.apply(host.host, change)
    expect(asked.at(-1)?.split('\n').slice(1)).toEqual([
      'DROP DATABASE IF EXISTS "blog";',
      'DROP DATABASE IF EXISTS "blog_before_20260101t000000z";',
      'DROP ROLE IF EXISTS "blog_user";',
      '',
    ])
    expect(host.commands.at(-1)).toContain('sh keep_out_no_more blog </dev/null')
  })

  it('is gone already, or with its server', async () => {
    expect(await task.check(hostWith({ isRole: false, databases: [] }).host.host)).toBeNull()
    expect(await task.check(hostWith({ isRole: true, databases: ['blog'] }, '').host.host)).toBeNull()
    expect(await task.check(new ScriptedHost().host)).toBeNull()
  })
})

describe('a server', () => {
  const host = (lines: string): ScriptedHost => new ScriptedHost(() => lines)
  const no = { placed: [], data: false }

  it('may go once nobody has a database in it, or only data that is kept with it', async () => {
    await expect(noUsers(host('').host, 'shop', no)).resolves.toBeUndefined()
    await expect(noUsers(host('blog blog blog \n').host, 'shop', no)).resolves.toBeUndefined()
  })

  it.each([
    [
      'blog blog blog there\n',
      no,
      'blog has its database in the PostgreSQL of shop on scripted',
      /First: .*purge\S* blog;/,
    ],
    ['blog blog blog \n', { placed: [], data: true }, 'blog has its database', /purge\S* blog --data/],
    [
      'wiki w w there\n',
      { placed: ['blog', 'wiki'], data: false },
      'blog and wiki have their databases',
      /blog; .* wiki;/,
    ],
  ])('stays for %j', async (lines, options, message, hint) => {
    await expect(noUsers(host(lines).host, 'shop', options)).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      hint: expect.stringMatching(hint) as string,
    })
  })
})
