import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { databaseAccount } from '../../../tasks/app/database-account.ts'
import { environmentAndDatabase } from '../../../tasks/app/environment-tasks.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { filesOf, runAll } from './run.ts'

const placed = (more: object): Parameters<typeof environmentAndDatabase>[0] => ({
  name: 'shop-api',
  settings: appSettings.parse({ image: 'x/shop', ...more }),
})
const secret = (reference: unknown, label: string): Secret =>
  new Secret(`${(reference as { env: string }).env} p%/w`, label)
const server = { image: 'postgres:17', upgrade: false, extensions: [], parameters: {} }
const options = { server, apps: [], secret, tell: () => undefined }

describe('the environment of an app', () => {
  it('is two files that only root reads', async () => {
    const host = new ScriptedHost()
    const app = placed({ env: { A: 'b', LINES: 'x\ny' }, secrets: { KEY: { env: 'SHOP_KEY' } } })
    await runAll(host, environmentAndDatabase(app, options))
    expect(filesOf(host)).toMatchInlineSnapshot(`
      "== /opt/shop-api/app.env.sh 600 root:root
      export LINES='x
      y'
      == /opt/shop-api/app.env 600 root:root
      A=b
      LINES
      KEY=SHOP_KEY p%/w
      "
    `)
  })

  it('names the database, unless the app says otherwise', async () => {
    const database = { password: { env: 'PW' } }
    const files = async (env: object): Promise<string | undefined> => {
      const host = new ScriptedHost()
      const tasks = environmentAndDatabase(placed({ database, env }), options)
      await runAll(
        host,
        tasks.filter(({ name }) => name.endsWith('/app.env')),
      )
      return host.files.get('/opt/shop-api/app.env')?.content
    }
    expect(await files({})).toBe(
      'DATABASE_URL=postgresql+asyncpg://shop_api:PW%20p%25%2Fw@shop-api-postgres:5432/shop_api\n',
    )
    expect(await files({ DATABASE_URL: 'mine' })).toBe('DATABASE_URL=mine\n')
  })

  it('is written between the database’s password and its start', () => {
    const app = placed({ database: { password: { env: 'PW' } } })
    expect(environmentAndDatabase(app, options).map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "network shop-api-backend",
        "volume shop-api-postgres",
        "image postgres:17",
        "claim shop-api-postgres",
        "file /opt/shop-api/postgres/password",
        "file /opt/shop-api/app.env.sh",
        "file /opt/shop-api/app.env",
        "compose cutover-shop-api-postgres",
        "no /opt/shop-api/postgres/postgres.env",
        "parameters of shop-api-postgres",
      ]
    `)
  })
})

describe('an app whose database is in the server of another one', () => {
  const withApp = (name: string, database: object): Parameters<typeof environmentAndDatabase>[1]['apps'][number] => {
    const settings = appSettings.parse({ image: 'x/y', database: { password: { env: 'PW' }, ...database } })
    return { name, settings, app: toApp(name, 'a', settings) }
  }
  const [shop, blog] = [withApp('shop', {}), withApp('blog', { server: 'shop', extensions: ['citext'] })]
  const names = (placed: typeof shop): string[] =>
    environmentAndDatabase(placed, { ...options, apps: [blog, shop] }).map(({ name }) => name)

  it('has no container and no volume', () => {
    expect(names(blog)).toMatchInlineSnapshot(`
      [
        "network blog-backend",
        "claim database blog of shop-postgres",
        "file /opt/blog/postgres/password",
        "file /opt/blog/app.env.sh",
        "file /opt/blog/app.env",
        "shop-postgres is on blog-backend",
        "PostgreSQL role blog",
        "PostgreSQL database blog",
        "databases of blog and shop are apart",
      ]
    `)
  })

  it('finds the server on its network again, once that was made anew', () => {
    expect(names(shop).slice(-3)).toEqual([
      'no /opt/shop/postgres/postgres.env',
      'shop-postgres is on blog-backend',
      'parameters of shop-postgres',
    ])
  })
})

describe('the account of a database', () => {
  it('is none without a database', () => {
    expect(databaseAccount(placed({}), secret)).toBeUndefined()
  })

  it('has the names that the inventory gives', () => {
    const database = { name: 'data', user: 'me', password: { env: 'PW' }, scheme: 'postgres' }
    const account = databaseAccount(placed({ database }), secret)
    expect({
      ...account,
      password: account?.password.label,
      url: account?.url.reveal(),
      label: account?.url.label,
    }).toEqual({
      database: 'data',
      user: 'me',
      password: 'database password of shop-api',
      url: 'postgres://me:PW%20p%25%2Fw@shop-api-postgres:5432/data',
      label: 'database password of shop-api',
    })
  })
})
