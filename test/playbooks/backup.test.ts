import { expect, it } from 'vitest'
import backup from '../../playbooks/backup.ts'
import restore from '../../playbooks/restore.ts'
import { example, help, printed } from './cli.ts'

it('backup and restore explain their options', async () => {
  expect(await help(backup)).toMatchInlineSnapshot(`
    "Back up. Dumps the database of an app (pg_dump -Fc) on each of its hosts, and reads the dump back before it counts.

    Its own options:
          --to FOLDER                  a folder of this machine; default: /opt/APP/backups on the host
          --folder FOLDER              another folder of the host, which is there
          --keep N                     remove all but the newest N backups of the host’s folder
          --prove                      restore it into a container of its own, and compare the rows of each table"
  `)
  expect(await help(restore)).toMatchInlineSnapshot(`
    "Restore. Puts a dump in the place of an app’s database. FILE is a file of this machine, the name of a backup in /opt/APP/backups,
    or a path on the host. What is there is dumped first, and stays as it is until the restored database takes its place.

    Its own options:
          --yes-restore APP            do not ask for the name of the app: it is this one
          --no-safety-dump             do not dump what is there first; it is kept as a database all the same
          --no-owner                   leave owners and grants out, where the roles of the dump do not exist
          --drop-old                   do not keep the database that was there"
  `)
})

it('they list what they do', async () => {
  expect(await printed(backup, ['--list-tasks', 'shop-api', '--prove', '--keep', '3'])).toMatch(
    /^one:\n {2}dump of shop-api's database\n {2}the dump is whole\n {2}the dump can be restored\n {2}file \S+\n {2}the newest 3 backups\n\(exit status 0\)$/,
  )
  expect(await printed(restore, ['--list-tasks', 'shop-api', 'x.dump'])).toMatch(
    /^one:\n {2}the dump is whole\n {2}dump of [\s\S]*restore into a new database\n {2}put it in the place of the old one\n {2}databases from before\n\(exit status 0\)$/,
  )
})

it.each([
  [['shop-api', 'x'], 'one app at most, not 2: shop-api x'],
  [['shop-api', '--to', '/x', '--keep', '1'], '--keep is for backups on the host, and --to brings this one to you'],
  [['shop-api', '--keep', '0'], "--keep takes a number from 1 on, not '0'"],
  [['blog'], 'blog has no database'],
  [[], 'APP is missing: which app?'],
])('backup refuses %j', async (argv, expected) => {
  expect(await printed(backup, argv)).toContain(`error: ${expected}\n`)
})

const everywhere = example.replace('hosts: one\n', 'hosts: all\n')
it.each([
  [['shop-api'], 'a restore needs an app and a file: APP FILE'],
  [['shop-api', 'x', 'y'], 'a restore needs an app and a file: APP FILE'],
  [
    ['shop-api', 'x.dump', '--yes-restore', 'shop-api'],
    'shop-api has a database on each of one, two, three\n  A dump is restored on one of them: --limit HOST',
  ],
  [['shop-api', 'x.dump', '--yes-restore', 'shop', '--limit', 'two'], "'shop' is not shop-api: nothing was restored"],
])('restore refuses %j', async (argv, expected) => {
  expect(await printed(restore, argv, everywhere)).toContain(`error: ${expected}\n`)
})
