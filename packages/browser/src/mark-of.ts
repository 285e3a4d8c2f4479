import { attempt } from './attempt.ts';

/**
 * A mark that is the same for each JWT of a person, and names none: storage may keep it. It goes by who is written in the
 * JWT, not by when and for how long; one that cannot be read is a person of its own.
 */
export function markOf(jwt: string): string {
  const payload = attempt(() =>
    atob((jwt.split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/')),
  );
  let hash = 0;
  // FNV-1a: 32 bits are enough to tell the people of one browser apart.
  for (const char of `${payload?.match(/"(email|objectId)":[^,}]+/g) || jwt}`)
    hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return `${hash}`;
}
