import { randomBytes } from 'node:crypto'
import { type Change, type HostView, renderText, type Task, task } from '../../runner/index.ts'
import { type App, isHttps } from '../app/index.ts'
import { templatePath } from '../templates.ts'
import { pagesAddress } from './api-address.ts'
import { besideRoute, exposed, secretly } from './dynamic-file.ts'
import { tlsOf } from './route.ts'
import { priorityAbove, ruleOf } from './rule.ts'

/** Who sends this header, with the value that stands in the file, sees the app behind the maintenance. */
const lookHeader = 'X-Cutover-Look'

const fileOf = (app: string): string => besideRoute(app, 'maintenance')

function textOf(app: App, retryAfter: number, mark: string): string {
  const https = isHttps(app.access)
  return renderText(templatePath('maintenance.yaml.njk'), {
    app: app.name,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: `(${ruleOf(app)}) && !Header(\`${lookHeader}\`, \`${mark}\`)`,
    priority: priorityAbove(app),
    tls: tlsOf(app),
    retryAfter,
    pages: pagesAddress,
  })
}

/** The value of the header in such a file; undefined without one. */
const markIn = (text: string | null): string | undefined => /Look`, `([0-9a-f]+)`/.exec(text ?? '')?.[1]

/**
 * Users of an app are answered with 503, until it is ended. It is a file beside the route, so releases go on, and users
 * see nothing of them.
 * @param retryAfter seconds after which clients are to come again
 */
export function maintenance(app: App, retryAfter: number): Task {
  const path = fileOf(app.name)
  return task<Change>({
    name: `maintenance of ${app.name}`,
    check: async (host) => {
      const text = await host.read(path)
      if (text === null) return { summary: `begins: 503, Retry-After ${retryAfter} s` }
      if (text !== textOf(app, retryAfter, markIn(text) ?? '')) return { summary: 'its settings' }
      return exposed(host, path)
    },
    apply: async (host) => {
      const mark = markIn(await host.read(path)) ?? randomBytes(16).toString('hex')
      await host.write(path, textOf(app, retryAfter, mark), secretly)
    },
    undo: async (host) => void (await host.$`rm -f -- ${path}`),
  })
}

/** Users of an app are served again. */
export function maintenanceEnded(app: string): Task {
  const path = fileOf(app)
  return task<Change>({
    name: `maintenance of ${app}`,
    check: async (host) => ((await host.read(path)) === null ? null : { summary: 'ends' }),
    apply: async (host) => void (await host.$`rm -f -- ${path}`),
  })
}

/** Whether an app is in maintenance. */
export const inMaintenance = async (host: HostView, app: string): Promise<boolean> =>
  (await host.read(fileOf(app))) !== null

/** The header with which a request sees the app also in maintenance, as curl takes it. */
export async function lookThrough(host: HostView, app: string): Promise<string[]> {
  const mark = markIn(await host.read(fileOf(app)))
  return mark === undefined ? [] : ['-H', `${lookHeader}: ${mark}`]
}
