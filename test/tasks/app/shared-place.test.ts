import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { databaseContainer, notShared, serverLines, sharedOn, usersOn } from '../../../tasks/app/shared-place.ts'

const shared = { server: 'shop', database: 'blog_db', user: 'blog_user' }
const hostWith = (content?: string): ScriptedHost =>
  new ScriptedHost({}, content === undefined ? {} : { files: { '/opt/blog/postgres/server': content } })

it('a file says where the database of an app is', async () => {
  expect(await sharedOn(hostWith(serverLines(shared)).host, 'blog')).toEqual(shared)
  expect(await sharedOn(hostWith().host, 'blog')).toBeUndefined()
  expect(await sharedOn(hostWith('shop\n').host, 'blog')).toBeUndefined()
})

it('the container is that of the server', () => {
  expect([databaseContainer({ name: 'blog' }), databaseContainer({ name: 'blog', shared })]).toEqual([
    'blog-postgres',
    'shop-postgres',
  ])
})

it('the apps of a server are told, and whether one was purged', async () => {
  const host = new ScriptedHost((command) =>
    command.includes('= shop ]') ? 'blog blog_db blog_user there\nwiki wiki wiki \n' : '',
  )
  expect(await usersOn(host.host, 'shop')).toEqual([
    { app: 'blog', ...shared, isThere: true },
    { app: 'wiki', server: 'shop', database: 'wiki', user: 'wiki', isThere: false },
  ])
  expect(await usersOn(host.host, 'other')).toEqual([])
})

it('data that a new database would lack is told, with the way that it goes', async () => {
  await expect(notShared(hostWith().host, 'blog')).resolves.toBeUndefined()
  await expect(notShared(hostWith(serverLines(shared)).host, 'blog')).rejects.toMatchObject({
    message:
      'the data of blog is in the database blog_db of shop-postgres, and not where the inventory has its database',
    hint: expect.stringMatching(
      /backup\S* blog --to \.; .*purge\S* blog --data\n.*setup.*restore\S* blog FILE/,
    ) as string,
  })
})
