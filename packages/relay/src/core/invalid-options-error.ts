/** Options that cannot work. Names every problem at once. */
export class InvalidOptionsError extends Error {
  override readonly name = 'InvalidOptionsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`The relay cannot start:\n${problems.map((line) => `  - ${line}`).join('\n')}`, options);
    this.problems = problems;
  }
}
