/** An app has two slots: one serves, and the next release is started in the other. */
export type Slot = 'blue' | 'green'
export const slots: readonly Slot[] = ['blue', 'green']
export const other = (slot: Slot): Slot => (slot === 'blue' ? 'green' : 'blue')

/** The name of a slot's container. */
export const containerName = (app: string, slot: Slot): string => `${app}-${slot}`
/** The name of the container that runs a migration once. */
export const migrationName = (app: string): string => `${app}-migration`
