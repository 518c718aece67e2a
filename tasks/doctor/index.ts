export { doctor } from './doctor.ts'
export { examine } from './examine.ts'
export { patientOf } from './patient.ts'
