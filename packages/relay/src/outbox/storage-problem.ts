/** Why the storage takes no events now. */
export interface StorageProblem {
  /** Closed, and fit for anyone to read: `/readyz` shows it. */
  readonly code: /** Less room on the disk than it takes to deliver what is stored. Passes when there is room again. */
    | 'disk_low'
    /** The database file was deleted, moved or replaced. What is stored is delivered; then the relay has to be restarted. */
    | 'file_gone'
    /** The database file was written over or shortened. Nothing of it is touched any more. */
    | 'file_overwritten'
    /** A part of the database file cannot be read. The relay has to be stopped, and the file rescued. */
    | 'file_damaged'
    /** It does not answer, or cannot be written. */
    | 'unavailable';
  /** For the owner: names the place, and what to do. */
  readonly message: string;
}
