import { withLab } from '../../lab/global.ts'

/** For tests that start hosts of their own: an engine, and a lab without a host. */
export default withLab('integration-apart', [])
