/** The colour of a job's bar. */
export const JOB_TONES = { pending: 'ember', processing: 'ember', completed: 'good', failed: 'bad', cancelled: 'still' } as const
