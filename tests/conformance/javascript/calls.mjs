// SPDX-License-Identifier: Apache-2.0
// Many calls with the AWS SDK for JavaScript. Reads lines {keys, service, operation, parameters}, prints for each
// {"result": …} or {"error": {name, class, code, message, status, requestId}}; `class`: whether it is one of the model's errors.
// Endpoint and region come from the environment.
import { createInterface } from "node:readline";

const clients = new Map();

async function clientOf(service, keys) {
  const library = await import(`@aws-sdk/client-${service}`);
  const name = `${service} ${keys.access_key_id} ${keys.secret_access_key} ${keys.session_token}`;
  if (!clients.has(name)) {
    const Client = library[Object.keys(library).find((each) => each.endsWith("Client") && each !== "__Client")];
    const credentials = {
      accessKeyId: keys.access_key_id,
      secretAccessKey: keys.secret_access_key,
      sessionToken: keys.session_token ?? undefined,
    };
    clients.set(name, new Client({ maxAttempts: 1, credentials }));
  }
  return { library, client: clients.get(name) };
}

async function answer({ keys, service, operation, parameters }) {
  const { library, client } = await clientOf(service, keys);
  try {
    const { $metadata: metadata, ...result } = await client.send(new library[`${operation}Command`](parameters));
    if (metadata.httpStatusCode !== 200 || !metadata.requestId) throw new Error(`odd metadata: ${JSON.stringify(metadata)}`);
    return { result };
  } catch (error) {
    // Services that speak JSON have one name for an error, the others a code and the name of a class.
    const { name, Code: code = name, message, $metadata: metadata } = error;
    const known = library[name] !== undefined && error instanceof library[name];
    return { error: { name, class: known, code, message, status: metadata?.httpStatusCode, requestId: metadata?.requestId } };
  }
}

// Bytes as the base 64 that they were.
const printable = (_, value) => (ArrayBuffer.isView(value) ? Buffer.from(value).toString("base64") : value);

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line)), printable));
}
