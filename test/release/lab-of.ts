import { steady } from '../../lab/app-images.ts'
import { variant } from '../../lab/cutover.ts'
import { type Lab, up } from '../../lab/lab.ts'
import { push } from '../../lab/registry.ts'
import { tags } from './crash-points.ts'

/** A lab with the three releases of the app `steady`, and the path of an inventory that has it as its app `shop`. */
export async function labOf(
  name: string,
  hosts: number,
  settings: Record<string, unknown> = {},
): Promise<{ lab: Lab; inventory: string }> {
  const lab = await up(name, hosts, () => undefined)
  await Promise.all(tags.map((tag) => push(lab, steady(tag), `steady:${tag}`)))
  const inventory = variant(lab, 'steady', ({ apps }) =>
    Object.assign(apps.shop ?? {}, {
      image: 'registry.lab:5000/steady',
      follow: 's1',
      poll: 59,
      migrate: ['node', '-e', '0'],
      env: {},
      bake: 0,
      drain: 10,
      standby: 0,
      ...settings,
    }),
  )
  return { lab, inventory }
}
