import { type HostView, renderText, type Task } from '../../runner/index.ts'
import { pageFiles, pagesUnit, paths } from '../paths.ts'
import { packages, rootFile, rootFolder, unit } from '../system/index.ts'
import { templatePath } from '../templates.ts'
import { pagesAddress } from './api-address.ts'
import { lastPriority } from './rule.ts'

/** Pages in HTML that take the place of Cutover's own. */
interface Pages {
  /** For addresses at which no app answers. */
  notFound?: string
  /** For an app in maintenance. */
  maintenance?: string
}

export interface PagesOptions extends Pages {
  /** Whether port 443 is served too. */
  https: boolean
}

/** The file of the route that comes after those of all apps. No app's name begins like that. */
const route = `${paths.dynamic}/_nobody.yaml`

const ownPage = (title: string, text: string): string => renderText(templatePath('page.html.njk'), { title, text })

/**
 * Where no app answers, users get a page with 404, and during an app's maintenance one with 503. Traefik has no words of
 * its own but one line, so a small web server on the host's loopback has the pages. It decides about no status: without
 * it, users get the same status with another text.
 */
export function pages({ https, notFound, maintenance }: PagesOptions): Task[] {
  const values = { folder: paths.pages, address: pagesAddress, priority: lastPriority, https }
  return [
    busybox(),
    rootFolder(paths.pages),
    rootFile(
      pageFiles.notFound,
      notFound ?? ownPage('Nothing is here', 'No site answers at this address. Please look at its spelling.'),
    ),
    rootFile(
      pageFiles.maintenance,
      maintenance ?? ownPage('Back soon', 'This site is in maintenance. Please come again in a few minutes.'),
    ),
    unit(pagesUnit, {
      content: renderText(templatePath('pages.service.njk'), values),
      running: true,
      enabled: true,
    }),
    rootFile(route, renderText(templatePath('pages.yaml.njk'), values), { staging: paths.staging }),
  ]
}

/** busybox is there with its web server. Ubuntu has it in another package, which would have to go for that of this name. */
function busybox(): Task {
  const install = packages({ present: ['busybox'] })
  return {
    ...install,
    check: async (host) => ((await servesFiles(host)) ? null : install.check(host)),
  }
}

async function servesFiles(host: HostView): Promise<boolean> {
  const { stdout } = await host.quiet({ nothrow: true })`/bin/busybox --list 2>/dev/null`
  return stdout.split('\n').includes('httpd')
}
