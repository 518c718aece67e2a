import { afterEach, expect, it, vi } from 'vitest'
import { explain, type Finding, UnsafeError } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { doctor } from '../../../tasks/doctor/doctor.ts'
import { patient } from './patient.ts'

const { examine } = vi.hoisted(() => ({ examine: vi.fn<() => Promise<Finding[]>>() }))
vi.mock('../../../tasks/doctor/examine.ts', () => ({ examine }))
afterEach(() => void vi.resetAllMocks())

const { host } = new ScriptedHost()
const disk: Finding = { severity: 'error', subject: 'disk', text: '/opt: full', hint: 'Make room.' }
const port: Finding = { severity: 'error', subject: 'port 80', text: 'nginx has it' }
const memory: Finding = { severity: 'warning', subject: 'memory', text: 'little memory', hint: 'Add some,\nor swap.' }
const clock: Finding = { severity: 'warning', subject: 'clock', text: 'it is late' }
const others: Finding[] = [
  { severity: 'note', subject: 'reboot', text: 'pending' },
  { severity: 'ok', subject: 'sudo', text: 'root' },
]

it('takes a host without errors, and tells each warning once, whatever its hint', async () => {
  const told: string[] = []
  const task = doctor(patient(), (note) => void told.push(note))
  examine.mockResolvedValueOnce([memory, clock, ...others]).mockResolvedValueOnce([{ ...memory, hint: 'other' }, clock])
  expect(await task.check(host)).toBeNull()
  expect(await task.check(host)).toBeNull()
  expect(told).toEqual(['warning: little memory\n  Add some,\n  or swap.', 'warning: it is late'])
  await task.apply(host, { summary: '' })
  expect(task.name).toBe('doctor')
})

it('asks only for names that are new on the host', async () => {
  examine.mockResolvedValue([])
  await doctor(patient(), () => undefined).check(host)
  expect(examine).toHaveBeenCalledWith(host, { ...patient(), onlyNewNames: true })
})

it.each([
  [[port], 'nginx has it'],
  [[disk, ...others], '/opt: full\nMake room.'],
  [[disk, port, memory], '2 things are in the way: /opt: full; nginx has it\ndisk: Make room.'],
])('refuses a host with %j, in check mode too', async (findings, said) => {
  examine.mockResolvedValue(findings)
  const error: unknown = await doctor(patient(), () => undefined)
    .check(host)
    .catch((each: unknown) => each)
  expect(error).toBeInstanceOf(UnsafeError)
  expect(explain(error).join('\n')).toBe(said)
})
