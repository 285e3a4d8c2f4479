import * as script from '@hubrelay/browser/bundle';
import { lambdaAddress, lambdaHandler } from '@hubrelay/relay/aws-lambda';
import { edgeRelay } from '@hubrelay/relay/edge';

export const handler = lambdaHandler(edgeRelay({ script, clientAddress: lambdaAddress }));
