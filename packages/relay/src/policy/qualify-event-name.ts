import { isQualifiedEventName } from '@hubrelay/protocol';

/**
 * The name HubSpot's API takes. Short names are the norm in pages; a qualified one of another account would fail at
 * HubSpot, so it fails here, where the sender can see it.
 */
export function qualifyEventName(
  name: string,
  hubId: string | undefined,
): { ok: true; name: string } | { ok: false; message: string } {
  if (!isQualifiedEventName(name)) {
    if (hubId) return { ok: true, name: `pe${hubId}_${name}` };
    return {
      ok: false,
      message: `"${name}" is a short name and the relay knows no Hub ID: set HUBSPOT_HUB_ID, or send pe<HubID>_${name}`,
    };
  }
  if (hubId && !name.startsWith(`pe${hubId}_`)) {
    return { ok: false, message: `"${name}" belongs to another HubSpot account than ${hubId}` };
  }
  return { ok: true, name };
}
