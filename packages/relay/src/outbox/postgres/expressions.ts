/** The clock that the outbox was given, or the time of the database. */
export const NOW = 'coalesce($1::bigint, (extract(epoch FROM now()) * 1000)::bigint)';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
