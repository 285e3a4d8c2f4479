/** The part of `process.stderr` that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[K';
const BAR_WIDTH = 24;
/** A terminal over a slow connection must not slow down the work. */
const LEAST_MS = 100;

export interface ProgressOptions {
  /** @default process.stderr: what a program reads on standard output stays clean */
  readonly stream?: ProgressStream;
  /** @default Date.now */
  readonly now?: () => number;
  /** @default the TERM of the environment */
  readonly terminal?: string | undefined;
}

/**
 * Tells on one line how far a long work has come, on a terminal only, and clears the line at its end. Short work shows nothing.
 * @param work is given what it tells by
 */
export async function withProgress<T>(
  work: (tell: (text: string) => void) => Promise<T>,
  options: ProgressOptions = {},
): Promise<T> {
  const { stream = process.stderr, now = Date.now, terminal = process.env.TERM } = options;
  if (!showsProgress({ stream, terminal })) return work(() => {});
  let lastAt = now();
  let isShown = false;
  const tell = (text: string) => {
    if (now() - lastAt < LEAST_MS) return;
    lastAt = now();
    isShown = true;
    stream.write(`${CLEAR_LINE}${text}`);
  };
  try {
    return await work(tell);
  } finally {
    if (isShown) stream.write(CLEAR_LINE);
  }
}

/** Whether anyone would see it. */
export function showsProgress(options: Omit<ProgressOptions, 'now'> = {}): boolean {
  const { stream = process.stderr, terminal = process.env.TERM } = options;
  return stream.isTTY === true && terminal !== 'dumb';
}

/** `[######------------------] 1,250 of 5,000` */
export function barOf(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const full = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}] ${counted(done)} of ${counted(total)}`;
}

export const counted = (count: number) => count.toLocaleString('en');
