// SPDX-License-Identifier: Apache-2.0
// One call with the AWS SDK for JavaScript: node call.mjs SERVICE COMMAND INPUT [SOURCE]
//   SERVICE  sts, iam or cloudformation
//   SOURCE   where credentials come from: chain (default), process:PROFILE, container
// Prints {"result": …} or {"error": {name, code, message, status}}. Endpoint and region come from the environment.
import * as providers from "@aws-sdk/credential-providers";

const [service, command, input = "{}", source = "chain"] = process.argv.slice(2);
const library = await import(`@aws-sdk/client-${service}`);
const clients = { sts: "STSClient", iam: "IAMClient", cloudformation: "CloudFormationClient" };

function credentials() {
  const [kind, detail] = source.split(":");
  if (kind === "process") return providers.fromProcess({ profile: detail });
  if (kind === "container") return providers.fromHttp();
  return providers.fromNodeProviderChain();
}

const client = new library[clients[service]]({ maxAttempts: 1, credentials: credentials() });
try {
  const { $metadata: metadata, ...result } = await client.send(new library[command](JSON.parse(input)));
  console.log(JSON.stringify({ result, request_id: metadata.requestId }));
} catch (error) {
  const { name, Code: code, message, $metadata: metadata } = error;
  console.log(JSON.stringify({ error: { name, code, message, status: metadata?.httpStatusCode } }));
}
