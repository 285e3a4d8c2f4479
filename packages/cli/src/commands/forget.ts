import { adminFromEnv } from '../admin/admin-from-env.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';

/** `hubrelay forget`. */
export const forget = cliCommand({
  meta: {
    name: 'forget',
    description: 'Delete a person’s pending events and dead letters; HubSpot keeps what it has',
  },
  args: {
    utk: {
      type: 'string',
      valueHint: 'token',
      description: 'The value of the person’s hubspotutk cookie',
    },
    email: { type: 'string', valueHint: 'address', description: 'The person’s e-mail address' },
    'object-id': {
      type: 'string',
      valueHint: 'id',
      description: 'The ID of the person’s HubSpot record',
    },
    json: JSON_ARG,
  },
  async run({ args }) {
    const { utk, email, 'object-id': objectId } = args;
    const person = {
      ...(utk !== undefined && { utk }),
      ...(email !== undefined && { email }),
      ...(objectId !== undefined && { objectId }),
    };
    if (Object.keys(person).length === 0) {
      throw new CommandError(
        'Name the person by --utk, --email or --object-id, or by several: pages send a utk, servers mostly an e-mail address.',
      );
    }
    const forgotten = await adminFromEnv().forget(person);
    if (args.json) return printJson({ forgotten });
    console.log(`Deleted: ${forgotten}.`);
  },
});
