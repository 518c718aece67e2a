/** An app has two slots: one serves, the other takes the next release. */
export type Slot = 'blue' | 'green'
export const slots: readonly Slot[] = ['blue', 'green']
export const other = (slot: Slot): Slot => (slot === 'blue' ? 'green' : 'blue')

/** A slot's container. */
export const containerName = (app: string, slot: Slot): string => `${app}-${slot}`
/** The one-off container of a migration. */
export const migrationName = (app: string): string => `${app}-migration`
