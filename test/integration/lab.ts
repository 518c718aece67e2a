import { withLab } from '../../lab/global.ts'

export default withLab('integration', 1)
