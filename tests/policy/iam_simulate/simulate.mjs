// SPDX-License-Identifier: Apache-2.0
// Reads questions (tests/policy/question.h) of one line each and prints iam-simulate's answer to each: {"answer"} or {"error"}.
import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const answers = { Allowed: "allowed", ImplicitlyDenied: "implicitly_denied", ExplicitlyDenied: "explicitly_denied" };

const named = (documents) => (documents ?? []).map((policy, index) => ({ name: `policy-${index}`, policy }));
const levels = (list) => (list ?? []).map((documents, index) => ({ orgIdentifier: `level-${index}`, policies: named(documents) }));

// iam-simulate adds RCPFullAWSAccess to every level by itself and takes no other Allow.
const denying = (documents) => documents.filter((document) => [document.Statement].flat().every((statement) => statement.Effect === "Deny"));

function accountOf(question) {
  return question.resource_account || question.resource.split(":")[4] || question.principal.split(":")[4] || "";
}

function simulationOf(question) {
  const resourcePolicies = [...(question.resource_policies ?? []), ...(question.trust ?? [])];
  return {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: accountOf(question) },
      contextVariables: question.context ?? {},
    },
    identityPolicies: named(question.identity),
    serviceControlPolicies: levels(question.scp),
    resourceControlPolicies: levels((question.rcp ?? []).map(denying)),
    ...(resourcePolicies.length > 0 && { resourcePolicy: resourcePolicies[0] }),
    ...((question.session ?? []).length > 0 && { sessionPolicy: question.session[0] }),
    ...(question.boundary && { permissionBoundaryPolicies: named([question.boundary]) }),
    ...(question.vpc_endpoint && { vpcEndpointPolicies: named([question.vpc_endpoint]) }),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const result = await runSimulation(simulationOf(JSON.parse(line)), { simulationMode: "Strict" });
    answer = result.resultType === "error" ? { error: JSON.stringify(result.errors) } : { answer: answers[result.overallResult] };
    const ignored = result.result?.ignoredContextKeys ?? [];
    if (ignored.length > 0) answer = { error: `keys it does not know for this action: ${ignored.join(" ")}` };
  } catch (error) {
    answer = { error: `thrown: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
