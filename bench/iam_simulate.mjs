// SPDX-License-Identifier: Apache-2.0
// Reads the questions of `crossrole_bench policy` and prints, for each, what iam-simulate answers and how long it takes, in
// microseconds of CPU: `core_us` its engine alone on policies that were loaded before, `whole_us` the call that it exports, which
// checks and loads them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../tests/policy/iam_simulate/package.json", import.meta.url));
const main = require.resolve("@cloud-copilot/iam-simulate");
const part = (path) => require(join(main, "..", path));
const { runSimulation } = require("@cloud-copilot/iam-simulate");
const { authorize } = part("core_engine/CoreSimulatorEngine.js");
const { AwsRequestImpl } = part("request/request.js");
const { RequestContextImpl } = part("requestContext.js");
const { DiscoveryContextKeyConstraints } = part("context_keys/discoveryContextKeyConstraints.js");
const { loadPolicy } = createRequire(main)("@cloud-copilot/iam-policy");

const named = (documents) => documents.map((policy, index) => ({ name: `policy-${index}`, policy }));
const levels = (list) => list.map((documents, index) => ({ orgIdentifier: `level-${index}`, policies: named(documents) }));
const loaded = (policies) => policies.map(({ name, policy }) => loadPolicy(policy, { name }));

function simulationOf(question) {
  return {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.resource_account },
      contextVariables: question.context,
    },
    identityPolicies: named(question.identity),
    serviceControlPolicies: levels(question.scp),
    resourceControlPolicies: [],
    resourcePolicy: question.trust,
  };
}

function coreOf(simulation) {
  const { request } = simulation;
  const policies = {
    sessionPolicy: undefined,
    identityPolicies: loaded(simulation.identityPolicies),
    serviceControlPolicies: simulation.serviceControlPolicies.map((level) => ({ ...level, policies: loaded(level.policies) })),
    resourceControlPolicies: [],
    resourcePolicy: loadPolicy(simulation.resourcePolicy, { name: "trust" }),
    permissionBoundaries: undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: "Strict", discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) },
    serviceSettings: {},
  };
  const asked = new AwsRequestImpl(request.principal, request.resource, request.action, new RequestContextImpl(request.contextVariables));
  return () => authorize({ request: asked, ...policies }).result;
}

// The fastest of some rounds of a tenth of a second: what disturbs only ever adds.
async function microseconds(decide) {
  const until = async (milliseconds) => {
    const begin = process.cpuUsage();
    const end = performance.now() + milliseconds;
    let count = 0;
    do {
      await decide();
      count += 1;
    } while (performance.now() < end);
    const used = process.cpuUsage(begin);
    return (used.user + used.system) / count;
  };
  await until(400);
  let fastest = Infinity;
  for (let round = 0; round < 10; round += 1) fastest = Math.min(fastest, await until(100));
  return fastest;
}

const answers = {};
for (const [name, question] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const simulation = simulationOf(question);
  const core = coreOf(simulation);
  const whole = () => runSimulation(simulation, { simulationMode: "Strict" });
  const agreed = (await whole()).overallResult === core();
  answers[name] = { answer: agreed ? core() : "two answers", core_us: await microseconds(core), whole_us: await microseconds(whole) };
}
process.stdout.write(`${JSON.stringify(answers)}\n`);
