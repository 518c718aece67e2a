import { expect, it } from 'vitest'
import { explain } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { carriedSuite, fittingSuites } from '../../../../tasks/docker/engine/carried-suite.ts'

it.each([
  ['debian', 'trixie', 'trixie bookworm bullseye buster'],
  ['debian', 'bookworm', 'bookworm bullseye buster'],
  ['debian', 'buster', 'buster'],
  // One that is not known is newer, or rolls on.
  ['debian', 'forky', 'forky trixie bookworm bullseye buster'],
  ['debian', 'kali-rolling', 'kali-rolling trixie bookworm bullseye buster'],
  ['debian', '', 'trixie bookworm bullseye buster'],
  ['ubuntu', 'noble', 'noble mantic lunar kinetic jammy focal'],
  ['ubuntu', 'stonking', 'stonking resolute questing plucky oracular noble mantic lunar kinetic jammy focal'],
] as const)('packages for %s %s fit, and those for older releases', (distro, codename, suites) => {
  expect(fittingSuites({ distro, codename }).join(' ')).toBe(suites)
})

const uri = 'https://mirror.example.org/linux/debian'
const hint =
  'In the inventory, docker.repository names a mirror that it can reach, and docker: { source: distribution } takes the Docker of the distribution.'

it.each([
  ['suite bookworm\n', 'bookworm'],
  ['none\n', `${uri} has no packages for trixie, nor for an older release\n${hint}`],
  ['Could not resolve host\n', `this host can't read ${uri}: Could not resolve host\n${hint}`],
  ['', `this host can't read ${uri}: apt says no more\n${hint}`],
])('a host that prints %j', async (stdout, expected) => {
  const scripted = new ScriptedHost(() => stdout)
  const said = await carriedSuite(scripted.host, uri, ['trixie', 'bookworm']).catch((error: unknown) =>
    explain(error).join('\n'),
  )
  expect(said).toBe(expected)
  expect(scripted.commands[0]).toMatch(/ sh https:\/\/mirror\.example\.org\/linux\/debian trixie bookworm$/)
})
