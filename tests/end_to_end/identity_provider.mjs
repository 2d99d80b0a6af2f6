// SPDX-License-Identifier: Apache-2.0
// An OpenID Connect provider for tests: `node identity_provider.mjs PORT REDIRECT_URI SECRET ACCOUNTS.json FOLDER [CERTIFICATE KEY]`.
// Whoever is in ACCOUNTS.json signs in with any password; the file is read anew each time. `oidc-provider` is installed in FOLDER.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [port, redirectUri, secret, accounts, folder, certificate, key] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const provider = new Provider(`${certificate ? 'https' : 'http'}://127.0.0.1:${port}`, {
  clients: [{ client_id: 'crossrole', client_secret: secret, redirect_uris: [redirectUri] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  cookies: { keys: ['for tests only'] },
  pkce: { methods: ['S256'], required: () => true },
  findAccount: (_context, id) => {
    const claims = JSON.parse(readFileSync(accounts, 'utf8'))[id];
    return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
  },
});
const ready = () => console.log('ready');
if (certificate) {
  createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback()).listen(Number(port), '127.0.0.1', ready);
} else {
  provider.listen(Number(port), '127.0.0.1', ready);
}
