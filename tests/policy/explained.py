# SPDX-License-Identifier: Apache-2.0
"""Which rule of iam_simulate/explained.json explains a difference.

A rule applies to a difference that was made as small as it can be: `ours` and `theirs` are the two answers, where the rule goes one
way only, and `when` is a list of facts about the small question that must all hold. The facts are the functions of this file whose
names begin with `is_`, `has_`.
"""

import json
import re


def load_rules(path):
    return json.loads(path.read_text(encoding="utf-8"))["rules"]


def explanation_of(rules, question, answers):
    """The name of the first rule that explains the difference, or None."""
    for rule in rules:
        one_way = answers[0] == rule.get("ours", answers[0]) and answers[1] == rule.get("theirs", answers[1])
        if one_way and all(FACTS[fact](question) for fact in rule["when"]):
            return rule["name"]
    return None


def as_list(value):
    return value if isinstance(value, list) else [value]


LAYERS = ("identity", "resource_policies", "trust", "session", "boundary", "vpc_endpoint", "scp", "rcp")


def documents_of(question, *layers):
    """The documents of some layers, or of all."""
    for layer in layers or LAYERS:
        documents = [question.get(layer)]
        while any(isinstance(document, list) for document in documents):
            documents = [part for document in documents for part in as_list(document)]
        yield from (document for document in documents if document)


def statements(question, *layers):
    for document in documents_of(question, *layers):
        yield from as_list(document["Statement"])


def conditions(question):
    """(operator, key, values of the policy, values of the request or None)"""
    context = {key.lower(): as_list(value) for key, value in question.get("context", {}).items()}
    for statement in statements(question):
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                yield operator, key, [str(value) for value in as_list(values)], context.get(key.lower())


def principals(question):
    for statement in statements(question, "resource_policies", "trust", "vpc_endpoint"):
        for element in ("Principal", "NotPrincipal"):
            value = statement.get(element, {})
            for text in as_list(value if isinstance(value, str) else value.get("AWS", [])):
                yield element, text


def is_federated_user(question):
    return ":federated-user/" in question["principal"]


def is_sts_action_on_a_role(question):
    return question["action"].startswith("sts:") and ":role/" in question["resource"]


def has_session_policy(question):
    return bool(question.get("session"))


def has_no_session_policy(question):
    return not question.get("session")


def has_no_resource_policy(question):
    return not question.get("resource_policies") and not question.get("trust")


def has_direct_principal(question):
    """The caller is named by a star or by its session."""
    return any(element == "Principal" and text in ("*", question["principal"]) for element, text in principals(question))


def has_not_principal(question):
    return any("NotPrincipal" in statement for statement in statements(question))


def has_not_principal_that_names_less_than_the_caller_and_its_account(question):
    account = question["principal"].split(":")[4]
    named = {text for element, text in principals(question) if element == "NotPrincipal"}
    whole = {question["principal"], question.get("role", question["principal"])} <= named
    return has_not_principal(question) and not (whole and named & {account, f"arn:aws:iam::{account}:root"})


def has_text_that_is_no_number(question):
    return any("Numeric" in operator and not all(re.fullmatch(r"[-+]?\d+(\.\d+)?", value) for value in [*wanted, *(given or [])])
               for operator, _, wanted, given in conditions(question))


def has_epoch_seconds(question):
    return any("Date" in operator and any(re.fullmatch(r"\d{5,}", value) for value in [*wanted, *(given or [])])
               for operator, _, wanted, given in conditions(question))


def has_text_that_is_no_date(question):
    return any("Date" in operator and ("never" in (given or []) or "2026-13-01" in wanted)
               for operator, _, wanted, given in conditions(question))


def addresses(question):
    """(values of the policy, values of the request) of address conditions."""
    return [(wanted, given or []) for operator, _, wanted, given in conditions(question) if "IpAddress" in operator]


def has_range_of_all_addresses(question):
    return any(value.endswith("/0") for wanted, _ in addresses(question) for value in wanted)


def has_ipv6_in_another_notation(question):
    return any(":" in text for wanted, given in addresses(question) for text in wanted) and any(
        ":" in text for wanted, given in addresses(question) for text in given)


def has_addresses_of_two_families(question):
    return any({":" in text for text in wanted} != {":" in text for text in given} for wanted, given in addresses(question) if given)


def has_text_that_is_no_address(question):
    return any("nowhere" in given or any(value.endswith("/33") for value in wanted) for wanted, given in addresses(question))


def has_newline_under_like(question):
    return any("Like" in operator and any("\n" in value for value in given or []) for operator, _, _, given in conditions(question))


def has_any_value_if_exists_on_an_absent_key(question):
    return any(operator.startswith("ForAnyValue:") and operator.endswith("IfExists") and not given
               for operator, _, _, given in conditions(question))


def has_arn_in_another_case(question):
    return any("Arn" in operator and any(value.startswith("ARN:") for value in wanted) for operator, _, wanted, _ in conditions(question))


def has_arn_pattern_of_fewer_parts(question):
    return any("Arn" in operator and any(value != "*" and value.count(":") < 5 for value in wanted)
               for operator, _, wanted, _ in conditions(question))


def has_variable_in_an_arn_condition(question):
    return any("Arn" in operator and any("${" in value for value in wanted) for operator, _, wanted, _ in conditions(question))


def has_lone_star_for_arns(question):
    return any("Arn" in operator and "*" in wanted for operator, _, wanted, _ in conditions(question))


def has_empty_value_under_for_all_values(question):
    return any(operator.startswith("ForAllValues:") and given and set(given) == {""} for operator, _, _, given in conditions(question))


def has_empty_value_under_for_any_value(question):
    return any(operator.startswith("ForAnyValue:") and given and set(given) == {""} for operator, _, _, given in conditions(question))


def has_variable_in_2008(question):
    return any("${" in json.dumps(document) for document in documents_of(question) if document.get("Version") != "2012-10-17")


def has_user_of_a_federated_user(question):
    return any(element == "Principal" and text == question.get("user") for element, text in principals(question))


def has_empty_value_of_a_variable(question):
    empty = {key.lower() for key, value in question.get("context", {}).items() if value == ""}
    used = re.findall(r"\$\{([A-Za-z:/]+)[,}]", json.dumps(question))
    return any(key.lower() in empty for key in used)


def has_list_under_a_plain_operator(question):
    lists = {key.lower() for key, value in question.get("context", {}).items() if isinstance(value, list)}
    return any(key.lower() in lists and ":" not in operator and operator != "Null" for operator, key, _, _ in conditions(question))


FACTS = {name: fact for name, fact in globals().items() if name.startswith(("is_", "has_"))}
