/** Logs in as Cutover does, and nothing more, to count the round trips of a login: login.ts ADDRESS KEY KNOWN_HOSTS. */
import { sshConnection } from '../../runner/connection/ssh/ssh.ts'
import { sshTarget } from '../../runner/inventory/reach.ts'

const [address, identity, known] = process.argv.slice(2) as [string, string, string]
const connection = await sshConnection(
  sshTarget('login', { user: 'deploy', identity, known_hosts: known, ssh_config: false }, address, '/'),
  { acceptNewHostKeys: false },
)
await connection.close()
