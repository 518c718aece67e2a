import { withLab } from '../../lab/global.ts'
import { releases } from './releases.ts'

export default withLab('integration', releases)
