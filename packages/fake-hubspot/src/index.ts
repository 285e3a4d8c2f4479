export type { Chaos, ChaosRates } from './chaos.ts';
export { createFakeHubSpot, type FakeHubSpot } from './create-fake-hubspot.ts';
export type { EventDefinition } from './event-definition.ts';
export type { ConnectionFault, Fault, FaultEffect, Poison } from './faults.ts';
export type { Activity, Counts } from './journal.ts';
export {
  type AccessToken,
  CONTACTS_SCOPE,
  type Contact,
  type CrmRecord,
  DEFINITIONS_SCOPE,
  demoCredentials,
  type FakeHubSpotOptions,
  type OAuthClient,
  READ_BACK_SCOPE,
  SEND_SCOPE,
} from './options.ts';
export type { PropertyDefinition, PropertyOption, PropertyType } from './property-definition.ts';
export type {
  CredentialKind,
  DuplicateEvent,
  IncomingCall,
  ReceivedEvent,
  ReceivedRequest,
} from './received.ts';
export {
  type RunningFakeHubSpot,
  type StartOptions,
  startFakeHubSpot,
} from './start-fake-hubspot.ts';
export { defaultSwitches, type Switches } from './switches.ts';
export type { StoredToken } from './token-store.ts';
