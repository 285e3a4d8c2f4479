import { attempt } from './attempt.ts';

/**
 * A mark that is the same for each JWT of a person, and names none: storage may keep it. It goes by who is written in the
 * JWT, not by when and for how long; one that cannot be read is a person of its own.
 */
export function markOf(jwt: string): string {
  const who = attempt(() =>
    // The letters in which base64url differs stand for `>`, `?` or what is not ASCII: none of them tells people apart.
    atob((jwt.split('.')[1] as string).replace(/[-_]/g, '/')).match(/"(email|objectId)":[^,}]+/g),
  );
  let hash = 0;
  // 32 bits are enough to tell the people of one browser apart.
  for (const char of `${who || jwt}`) hash = (hash * 31 + char.charCodeAt(0)) | 0;
  return `${hash}`;
}
