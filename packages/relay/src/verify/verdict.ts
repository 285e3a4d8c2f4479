/** What became of an event that the relay knows, as far as HubSpot's APIs tell. Closed. */
export type VerdictState = 'shown' | 'not_shown_yet' | 'not_shown' | 'cannot_be_known';

/** What is known of one event: every field is an answer of an API, nothing is concluded yet. */
export interface Evidence {
  /** What the relay says. `unknown`: it remembers a bounded sample only. */
  readonly relay: 'delivered' | 'pending' | 'dead' | 'unknown';
  /**
   * Whether the event occurrences API lists it. `alike`: it lists fewer events with this name, time and properties than were
   * delivered, and nothing tells which. `unread`: HubSpot did not answer, or has more pages than are read.
   */
  readonly occurrence: 'found' | 'none' | 'alike' | 'unread';
  /** Archived and deleted look the same. */
  readonly definition: 'live' | 'archived';
  /** Whether HubSpot has the record that the event names. `unreadable`: the token may not ask. */
  readonly record: 'exists' | 'no_contact' | 'no_record' | 'other_type' | 'unreadable' | 'unasked';
  /** HubSpot took it so recently that it may still appear. */
  readonly isRecent: boolean;
}

export interface Verdict {
  readonly state: VerdictState;
  readonly reason: VerdictReason;
}

interface Row {
  readonly when: Partial<Evidence>;
  readonly state: VerdictState;
  readonly reason: string;
  /** For the owner: what it means, what to do. */
  readonly words: string;
}

/** The first row whose conditions all hold decides. The last one has none. */
export const VERDICTS = [
  {
    when: { occurrence: 'found' },
    state: 'shown',
    reason: 'listed',
    words: 'HubSpot lists it.',
  },
  {
    when: { relay: 'pending' },
    state: 'not_shown_yet',
    reason: 'pending',
    words: 'The relay has not delivered it yet: "hubrelay pending show UUID".',
  },
  {
    when: { relay: 'dead' },
    state: 'not_shown',
    reason: 'dead_letter',
    words: 'HubSpot does not have it: "hubrelay dead show UUID" says why.',
  },
  {
    when: { relay: 'unknown' },
    state: 'cannot_be_known',
    reason: 'not_remembered',
    words:
      'The relay does not remember it. It keeps a sample of each of the last 120 minutes, in memory: the log names older events.',
  },
  {
    when: { occurrence: 'unread' },
    state: 'cannot_be_known',
    reason: 'read_back_failed',
    words: 'HubSpot did not answer the question for it: ask again.',
  },
  {
    when: { definition: 'archived' },
    state: 'not_shown',
    reason: 'definition_archived',
    words: 'The event definition is archived or deleted: HubSpot does not show its events.',
  },
  {
    when: { occurrence: 'alike' },
    state: 'cannot_be_known',
    reason: 'events_alike',
    words:
      'Several delivered events have this name, time and properties, and HubSpot lists fewer: it does not say which.',
  },
  {
    when: { record: 'other_type' },
    state: 'not_shown',
    reason: 'wrong_object_type',
    words:
      'The event names a record of another type than its definition takes: send an objectId of that type.',
  },
  {
    when: { record: 'no_contact', isRecent: true },
    state: 'not_shown_yet',
    reason: 'no_contact_yet',
    words:
      'HubSpot has no contact for this visitor. One may be made in these minutes, as by a form: ask again later.',
  },
  {
    when: { record: 'no_contact' },
    state: 'not_shown',
    reason: 'unknown_contact',
    words:
      'HubSpot has no contact for this visitor. Whether it appears once the visitor becomes a contact is not documented.',
  },
  {
    when: { record: 'no_record' },
    state: 'not_shown',
    reason: 'unknown_record',
    words: 'HubSpot has no record with this objectId.',
  },
  {
    when: { isRecent: true },
    state: 'not_shown_yet',
    reason: 'read_back_lag',
    words: 'HubSpot shows events minutes after it takes them: ask again later.',
  },
  {
    when: { record: 'unreadable' },
    state: 'cannot_be_known',
    reason: 'record_unreadable',
    words:
      'It is not listed, and the token may not ask whether its contact exists: give it crm.objects.contacts.read (and the scope of other records), or set HUBSPOT_DEFINITIONS_TOKEN where the type of the record is not known.',
  },
  {
    when: { record: 'unasked' },
    state: 'cannot_be_known',
    reason: 'record_not_named',
    words:
      'It is not listed, and its record is chosen by a rule in HubSpot that this check does not follow.',
  },
  {
    when: {},
    state: 'not_shown',
    reason: 'missing',
    words:
      'HubSpot acknowledged it, its definition and its record are in order, and it is not listed: ask HubSpot’s support, with the correlation id in the log.',
  },
] as const satisfies readonly Row[];

export type VerdictReason = (typeof VERDICTS)[number]['reason'];

export function verdictOf(evidence: Evidence): Verdict {
  const row = VERDICTS.find(({ when }) =>
    Object.entries(when).every(([name, value]) => evidence[name as keyof Evidence] === value),
  );
  if (!row) throw new Error('the last row has no condition');
  return { state: row.state, reason: row.reason };
}

/** What the reason means, for a person. */
export function wordsOf(reason: VerdictReason): string {
  return VERDICTS.find((row) => row.reason === reason)?.words ?? '';
}
