import { withLab } from '../../lab/global.ts'

export default withLab('e2e', 2)
