export { doctor } from './doctor.ts'
export { examine } from './examine.ts'
export { openPortsTold } from './open-ports.ts'
export { patientOf } from './patient.ts'
