import { hostsOf } from '../core/postgres-hosts.ts';
import { scrubText } from '../observe/scrub.ts';
import type { Secret, Setting } from './settings.ts';

/** Environment variables, or a Worker's bindings: whatever maps names to strings. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A secret's file has a name of its own. */
type Name = Setting | `${Secret}_FILE`;

/** Reads variables one by one and collects every problem, so that the owner can correct them at once. */
export class EnvReader {
  readonly problems: string[] = [];
  readonly #env: Env;
  readonly #readFile: ((path: string) => string) | undefined;

  /** @param readFile how `NAME_FILE` is read; absent where there is no file system */
  constructor(env: Env, readFile?: (path: string) => string) {
    this.#env = env;
    this.#readFile = readFile;
  }

  /** Undefined when the variable is not set or empty. */
  text(name: Name): string | undefined {
    const text = this.#env[name]?.trim() || undefined;
    const [, , unquoted] = /^(["'])(.*)\1$/s.exec(text ?? '') ?? [];
    if (unquoted === undefined) return text;
    // `docker --env-file` takes them as part of the value.
    this.#problem(name, 'stands in quotation marks: leave them out');
    return unquoted;
  }

  /** `NAME`, or the content of the file that `NAME_FILE` names: how Docker, systemd and Kubernetes hand over secrets. */
  secret(name: Secret): string | undefined {
    const direct = this.text(name);
    const path = this.text(`${name}_FILE`);
    if (direct && path) this.#problem(name, `is set twice: keep ${name} or ${name}_FILE, not both`);
    if (direct || !path) return direct;
    return this.#secretFrom(name, path);
  }

  integer(name: Setting, byDefault: number, min: number, max: number): number {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.#problem(name, `is "${text}": write a whole number from ${min} to ${max}`);
    return byDefault;
  }

  oneOf<const T extends string>(name: Setting, byDefault: T, choices: readonly T[]): T {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const choice = choices.find((candidate) => candidate === text);
    if (choice) return choice;
    this.#problem(name, `is "${text}": write one of ${choices.join(', ')}`);
    return byDefault;
  }

  /** `true` or `false`; not set is false. */
  flag(name: Setting): boolean {
    return this.oneOf(name, 'false', ['true', 'false']) === 'true';
  }

  /** A list separated by commas, of known words. */
  someOf<const T extends string>(name: Setting, choices: readonly T[]): T[] {
    const entries = this.list(name);
    for (const entry of entries) {
      if (!choices.some((choice) => choice === entry)) {
        this.#problem(
          name,
          `has "${entry}": write some of ${choices.join(', ')}, separated by commas`,
        );
      }
    }
    return choices.filter((choice) => entries.includes(choice));
  }

  /** The content of the file that the variable names. */
  file(name: Setting): string | undefined {
    const path = this.text(name);
    return path && this.#contentOf(name, path);
  }

  url(name: Setting): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!URL.canParse(text) || !/^https?:/.test(text)) {
      this.#problem(name, `is "${text}": write a whole address, with https:// at the front`);
      return undefined;
    }
    const { username, password } = new URL(text);
    if (username || password) this.#problem(name, 'has a user or a password in it: leave them out');
    return text;
  }

  /** An address that secrets go to or keys come from: https, or this machine, or a container beside it (a name without dots). */
  safeUrl(name: Setting): string | undefined {
    const url = this.url(name);
    if (url && isOpenOnTheWay(url)) {
      this.#problem(name, `is not https: ${WHY_HTTPS}`);
    }
    return url;
  }

  /** The address of a Postgres database; with its password it is a secret. */
  postgresUrl(name: Secret): string | undefined {
    const text = this.secret(name);
    // Without a host: that of a socket is a parameter.
    const isAddress = hostsOf(text ?? '').every((host) =>
      URL.canParse(host.replace('@/', '@socket/')),
    );
    if (text && !(isAddress && /^postgres(ql)?:\/\//.test(text))) {
      this.#problem(name, `is not a Postgres connection string: ${HOW_POSTGRES_LOOKS}`);
    }
    return text;
  }

  list(name: Setting): string[] {
    const entries = this.text(name)?.split(',') ?? [];
    return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  }

  missing(name: Setting, whatItIs: string): void {
    this.#problem(name, `is not set: ${whatItIs}`);
  }

  refuse(name: Setting, what: string): void {
    this.#problem(name, what);
  }

  #problem(name: Name, what: string): void {
    // A token that landed in the wrong variable would be quoted.
    const problem = scrubText(`${name} ${what}`);
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }

  #secretFrom(name: Secret, path: string): string | undefined {
    const secret = this.#contentOf(`${name}_FILE`, path)?.trim();
    if (secret === '') this.#problem(`${name}_FILE`, `names ${path}, which is empty`);
    return secret || undefined;
  }

  #contentOf(name: Name, path: string): string | undefined {
    if (!this.#readFile) {
      this.#problem(
        name,
        'names a file, and there are none here: set a secret itself, import a lock',
      );
      return undefined;
    }
    try {
      return this.#readFile(path);
    } catch (error) {
      this.#problem(name, `names ${path}, which cannot be read (${(error as Error).message})`);
      return undefined;
    }
  }
}

const WHY_HTTPS =
  'write https://, or secrets and keys could be read or replaced on the way (http is for this machine alone)';

const HOW_POSTGRES_LOOKS =
  'start with postgres:// and percent-encode special characters in the password';

function isOpenOnTheWay(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== 'https:' && !/^(127\.0\.0\.1|\[::1\]|[^.]+)$/.test(hostname);
}
