/** The members of a closed union as values, checked by the compiler to be all of them. */
export function closedSet<Member extends string>(members: Record<Member, true>): readonly Member[] {
  return Object.keys(members) as Member[];
}
