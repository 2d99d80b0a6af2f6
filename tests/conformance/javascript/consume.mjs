// SPDX-License-Identifier: Apache-2.0
// A long-lived program with the AWS SDK for JavaScript that finds its credentials as the SDK does. For each line of its input
// it asks AWS who it is and prints {access_key_id, arn} or {error}.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { createInterface } from "node:readline";

// The chain that clients have anyway, but patient: it gives an endpoint one second, and a refresh of its own accord that fails
// ends the program. The same time passes before it asks again.
const client = new STSClient({ credentials: fromNodeProviderChain({ timeout: 15_000, maxRetries: 1 }) });

async function ask() {
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    return { access_key_id: (await client.config.credentials()).accessKeyId, arn };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(await ask()));
