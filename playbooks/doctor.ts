import { type Finding, playbook, runIfMain } from '../runner/index.ts'
import { appsOf, settings, topLevel } from '../tasks/app/index.ts'
import { examine, patientOf } from '../tasks/doctor/index.ts'

const doctor = playbook(
  'Doctor',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Looks at servers before setup or when something is odd, says what to do, and changes nothing.',
  },
  async (play) => {
    const { inventory } = play
    const patients = new Map(
      play.hosts().map((host) => [host.name, patientOf(inventory, host, appsOf(inventory, host))]),
    )
    const found = new Map<string, Finding[]>()
    await play.on(play.hosts(), async ({ host, view }) => {
      const patient = patients.get(host.name)
      if (patient) found.set(host.name, await examine(view, patient))
    })
    for (const host of play.hosts()) {
      const findings = found.get(host.name)
      if (findings) play.findings(host, findings)
    }
  },
)
export default doctor
await runIfMain(import.meta, doctor)
