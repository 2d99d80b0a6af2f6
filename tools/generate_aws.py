#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns src/aws/models/<service>.json into <out>/<service>.h and <out>/<service>.cc: structs, operation tags and the
tables that the codecs in src/aws walk (see src/aws/internal/shape.h). Standard library only; the build runs it.

    python3 tools/generate_aws.py SERVICE MODEL OPERATIONS OUT
"""

import json
import pathlib
import re
import sys

IDEMPOTENT = re.compile("(Get|List|Describe|Simulate|Decode|Validate)")
KEYWORDS = {"default", "delete", "namespace", "operator", "template", "class", "new", "public", "private", "export",
            "register", "switch", "union", "this", "static", "case", "enum", "for", "if", "do", "signed", "unsigned"}
SCALARS = {"string": ("kString", "std::string"), "character": ("kString", "std::string"), "blob": ("kBlob", "std::string"),
           "integer": ("kInteger", "std::int32_t"), "long": ("kLong", "std::int64_t"), "double": ("kDouble", "double"),
           "float": ("kDouble", "double"), "boolean": ("kBoolean", "bool"), "timestamp": ("kTimestamp", "base::Time")}
DEFAULTS = {"std::int32_t": " = 0", "std::int64_t": " = 0", "double": " = 0", "bool": " = false"}
PROTOCOLS = {"query": "kQuery", "json": "kJson11", "rest-json": "kRestJson"}
TIMES = {"iso8601": "kIso8601", "unixTimestamp": "kUnix", "rfc822": "kRfc822"}


def snake(name):
    """The C++ name of a member: SAMLAssertion -> saml_assertion, NotificationARNs -> notification_arns."""
    name = name.replace("ARNs", "Arns")
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().replace("__", "_")
    return name + "_" if name in KEYWORDS else name


def upper(name):
    return name[0].upper() + name[1:]


def quote(text):
    if ')~"' in text:
        sys.exit(f"cannot quote {text!r}")
    return json.dumps(text) if re.fullmatch(r"[ !#-\[\]-~]*", text) else 'R"~(' + text + ')~"'


class Model:
    """One service: which shape is which C++ type."""

    def __init__(self, service, model, operations_text):
        self.service = service
        self.metadata = model["metadata"]
        self.operations = model["operations"]
        self.shapes = model["shapes"]
        self.marks = {}
        self.directives = {}
        for line in operations_text.splitlines():
            words = line.split("#")[0].split()
            if words and words[0].startswith("!") and words[1] == service:
                self.directives.setdefault(words[0][1:], set()).update(words[2:] or ["yes"])
            elif words and words[0] == service:
                self.marks[words[1]] = set(words[2:])
        self.names = {}      # structure shape -> C++ struct
        self.used = set()    # directives that matched
        self.inputs = set()  # shapes that requests reach
        self.reachable = []  # shapes of requests and answers, deterministic order
        self.name_structs()

    def has(self, directive, key):
        if key in self.directives.get(directive, ()):
            self.used.add((directive, key))
            return True
        return False

    def name_structs(self):
        roots = {}
        for name in sorted(self.operations):
            for part, suffix in (("input", "Input"), ("output", "Output")):
                if part in self.operations[name]:
                    shape = self.operations[name][part]["shape"]
                    roots.setdefault(shape, []).append(name + suffix)
                    self.walk(shape, part == "input")
        for shape in sorted(self.reachable):
            if self.is_struct(shape):
                # A shape that two operations share keeps its own name, and the operations get aliases.
                self.names[shape] = roots[shape][0] if len(roots.get(shape, [])) == 1 else upper(shape)
        taken = list(self.names.values()) + list(self.operations)
        twice = {name for name in taken if taken.count(name) > 1}
        if twice:
            sys.exit(f"{self.service}: two things are called {sorted(twice)}")

    def is_struct(self, name):
        """Documents are structures in the model, but free JSON on the wire: here a text that holds it."""
        return self.shapes[name]["type"] == "structure" and not self.shapes[name].get("document")

    def walk(self, name, is_input):
        seen = self.inputs if is_input else set(self.reachable)
        todo = [name]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name not in self.reachable:
                self.reachable.append(name)
            shape = self.shapes[name]
            todo += [shape[k]["shape"] for k in ("member", "key", "value") if k in shape]
            todo += [member["shape"] for member in shape.get("members", {}).values()]

    def kind(self, name, member_key=""):
        shape = self.shapes[name]
        if shape.get("document"):
            return "kDocument"
        if shape["type"] in ("structure", "list", "map"):
            return "k" + upper(shape["type"])
        kind = SCALARS[shape["type"]][0]
        if kind == "kString":
            sensitive = shape.get("sensitive") and not self.has("plain", name)
            if sensitive or self.has("secret", member_key):
                return "kSecret"
        return kind

    def type(self, name, member_key=""):
        shape = self.shapes[name]
        if shape.get("document"):
            return "std::string"
        if shape["type"] == "structure":
            return self.names[name]
        if shape["type"] == "list":
            return f"std::vector<{self.type(shape['member']['shape'])}>"
        if shape["type"] == "map":
            return f"std::map<std::string, {self.type(shape['value']['shape'])}>"
        return "base::Secret" if self.kind(name, member_key) == "kSecret" else SCALARS[shape["type"]][1]

    def members(self, name):
        """(model name, member, C++ name, type, in optional, required) of a structure's members."""
        shape = self.shapes[name]
        for member_name, member in shape.get("members", {}).items():
            key = f"{self.names[name]}.{member_name}"
            required = member_name in shape.get("required", ()) or self.has("required", key)
            container = self.shapes[member["shape"]]["type"] in ("list", "map")
            optional = not required and (not container or self.has("keep-empty", key))
            yield member_name, member, snake(member_name), self.type(member["shape"], key), optional, required

    def ordered_structs(self):
        """Structures such that what a struct holds stands before it. A struct may hold itself only through a list."""
        done, order, open_ = set(), [], []

        def visit(name):
            if name in done:
                return
            if name in open_:
                sys.exit(f"{self.service}: {name} contains itself; the generator supports that in lists only")
            open_.append(name)
            for member in self.shapes[name].get("members", {}).values():
                target, through_list = member["shape"], False
                while self.shapes[target]["type"] in ("list", "map"):
                    shape = self.shapes[target]
                    through_list = through_list or shape["type"] == "list"
                    target = (shape.get("member") or shape.get("value"))["shape"]
                if self.is_struct(target) and not (through_list and target in open_):
                    visit(target)
            open_.pop()
            done.add(name)
            order.append(name)

        for name in sorted(self.names):
            visit(name)
        return order


def struct_text(model, name):
    lines = [f"/// {model.names[name]}, as AWS documents it.", f"struct {model.names[name]} {{"]
    for _, _, cpp, type_, optional, required in model.members(name):
        held = f"std::optional<{type_}>" if optional else type_
        lines.append(f"  {held} {cpp}{DEFAULTS.get(held, '{}')};" + ("  // required" if required else ""))
    return "\n".join(lines + ["};", ""])


def operation_text(model, name):
    operation = model.operations[name]
    types, extra = {}, []
    for part, suffix in (("input", "Input"), ("output", "Output")):
        wanted = name + suffix
        types[part] = wanted
        if part not in operation:
            extra.append(f"/// {name} has no {part}.\nstruct {wanted} {{}};")
        elif model.names[operation[part]["shape"]] != wanted:
            extra.append(f"using {wanted} = {model.names[operation[part]['shape']]};")
    idempotent = bool(IDEMPOTENT.match(name)) or "repeatable" in model.marks[name]
    return "\n".join(extra + [
        f"/// `{model.service}:{name}`.",
        f"struct {name} {{",
        f"  using Input = {types['input']};",
        f"  using Output = {types['output']};",
        f'  static constexpr std::string_view kService = "{model.service}";',
        f'  static constexpr std::string_view kName = "{name}";',
        f"  static constexpr bool kIdempotent = {str(idempotent).lower()};",
        "  static const Operation kFacts;",
        "};", ""])


def header(model):
    parts = [struct_text(model, name) for name in model.ordered_structs()]
    parts += [operation_text(model, name) for name in sorted(model.operations)]
    return f"""// Generated by tools/generate_aws.py from src/aws/models/{model.service}.json; do not edit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/operation.h"

namespace crossrole::aws::{model.service} {{

/// The service and its operations.
extern const Service kServiceFacts;

{chr(10).join(parts)}
}}  // namespace crossrole::aws::{model.service}
"""


class Tables:
    """The .cc of one service."""

    def __init__(self, model):
        self.model = model
        self.declared, self.text = [], []

    def shape_name(self, name, member_key=""):
        # A member may be secret although its shape is not: such a shape has two tables.
        shape = self.model.shapes[name]
        plain = self.model.kind(name)
        if shape["type"] == "string" and self.model.kind(name, member_key) != plain:
            return f"kShape_{name}_secret"
        return f"kShape_{name}"

    def fields(self, name):
        model, rows = self.model, []
        for member_name, member, cpp, type_, optional, required in model.members(name):
            key = f"{model.names[name]}.{member_name}"
            target = model.shapes[member["shape"]]
            wire = member.get("locationName", member_name)
            if target["type"] == "list" and (target.get("flattened") or member.get("flattened")):
                wire = target["member"].get("locationName", wire)
            row = [quote(member_name), quote(wire), f"&{self.shape_name(member['shape'], key)}",
                   f"&kOptional<{type_}>" if optional else "nullptr",
                   f"offsetof({model.names[name]}, {cpp})", str(required).lower()]
            empty = "kLeftOut" if model.has("omit-empty", key) else "kWrittenInAnswers"
            time = member.get("timestampFormat") or target.get("timestampFormat")
            if time:
                row += [f"Empty::{empty}", f"TimeForm::{TIMES[time]}"]
            elif empty == "kLeftOut":
                row += [f"Empty::{empty}"]
            rows.append("    {" + ", ".join(row) + "},")
        return rows

    def add_shape(self, name, secret=False):
        model, shape = self.model, self.model.shapes[name]
        table = f"kShape_{name}" + ("_secret" if secret else "")
        self.declared.append(f"extern const Shape {table};")
        facts = [f".kind = Kind::{'kSecret' if secret else model.kind(name)}", f".name = {quote(name)}"]
        checked = not model.has("unchecked", name)
        for bound in ("min", "max"):
            if bound in shape and checked:
                facts.append(f".{bound} = {int(shape[bound])}")
        if "pattern" in shape and name in model.inputs:
            facts.append(f".pattern = {quote(shape['pattern'])}")
        if shape.get("enum") and checked:
            self.text.append(f"constexpr std::string_view kValues_{name}[] = {{"
                             + ", ".join(quote(value) for value in shape["enum"]) + "};")
            facts.append(f".values = kValues_{name}")
        if shape["type"] == "structure" and shape.get("members"):
            self.text.append(f"constexpr Field kFields_{name}[] = {{")
            self.text += self.fields(name)
            self.text.append("};")
            facts.append(f".fields = kFields_{name}")
        if shape["type"] == "list":
            element = shape["member"]
            facts += [f".element = &kShape_{element['shape']}",
                      f".element_name = {quote(element.get('locationName', 'member'))}"]
            facts += [".flattened = true"] if shape.get("flattened") else []
            facts.append(f".list = &kVector<{model.type(element['shape'])}>")
        if shape["type"] == "map":
            key, value = shape["key"], shape["value"]
            facts += [f".element = &kShape_{value['shape']}", f".key = &kShape_{key['shape']}",
                      f".element_name = {quote(value.get('locationName', 'value'))}",
                      f".key_name = {quote(key.get('locationName', 'key'))}"]
            facts += [".flattened = true"] if shape.get("flattened") else []
            facts.append(f".map = &kStringMap<{model.type(value['shape'])}>")
        self.text.append(f"constinit const Shape {table} = {{{', '.join(facts)}}};")

    def add_operation(self, name):
        model, operation = self.model, self.model.operations[name]
        shapes = [f"&kShape_{operation[part]['shape']}" if part in operation else "&kNothing"
                  for part in ("input", "output")]
        facts = [".service = &kServiceFacts", f'.name = "{name}"',
                 f'.result_wrapper = "{operation.get("output", {}).get("resultWrapper", "")}"',
                 f".input = {shapes[0]}", f".output = {shapes[1]}",
                 f".input_lifetime = &kLifetime<{name}Input>", f".output_lifetime = &kLifetime<{name}Output>", f".idempotent = {name}::kIdempotent"]
        if operation.get("authtype") == "none":
            facts.append(".is_signed = false")
        if model.metadata["protocol"] == "rest-json":
            facts.append(f".path = {quote(self.path(name))}")
        self.text.append(f"constinit const Operation {name}::kFacts = {{{', '.join(facts)}}};")

    def path(self, name):
        # What the services in use need of REST: a POST to a path of its own, and everything in the body.
        http, model = self.model.operations[name]["http"], self.model
        parts = [model.operations[name][part]["shape"] for part in ("input", "output") if part in model.operations[name]]
        elsewhere = [member for part in parts for member, facts in model.shapes[part].get("members", {}).items() if "location" in facts]
        if http["method"] != "POST" or "{" in http["requestUri"] or elsewhere:
            sys.exit(f"{model.service}: {name} is not a plain POST with a body: the codec for REST must learn more")
        return http["requestUri"]

    def add_service(self):
        model, data = self.model, self.model.metadata
        errors = {}
        for name, shape in model.shapes.items():
            if shape.get("exception"):
                error = shape.get("error", {})
                errors[error.get("code", name)] = error.get("httpStatusCode", 500 if shape.get("fault") else 400)
        self.text.append("constexpr DeclaredError kErrors[] = {")
        self.text += [f'    {{"{code}", {status}}},' for code, status in sorted(errors.items())]
        self.text.append("};")
        self.text.append("constexpr const Operation* kOperations[] = {")
        self.text += [f"    &{name}::kFacts," for name in sorted(model.operations)]
        self.text.append("};")
        facts = {"name": model.service, "endpoint_prefix": data["endpointPrefix"],
                 "signing_name": data.get("signingName", data["endpointPrefix"]), "service_id": data["serviceId"],
                 "version": data["apiVersion"], "xml_namespace": data.get("xmlNamespace", ""),
                 "target_prefix": data.get("targetPrefix", "")}
        protocol = PROTOCOLS[data["protocol"]]
        lines = [f".{key} = {quote(value)}," for key, value in facts.items()]
        lines.append(f".protocol = Protocol::{protocol},")
        lines.append(f".milliseconds = {str(model.has('milliseconds', 'yes')).lower()},")
        lines += [".operations = kOperations,", ".errors = kErrors"]
        self.text.append("constinit const Service kServiceFacts = {" + "\n    ".join([""] + lines) + "};")

    def source(self):
        model = self.model
        for name in sorted(model.reachable):
            self.add_shape(name)
        for key in sorted(model.directives.get("secret", ())):
            struct, member = key.split(".")
            shapes = {value: k for k, value in model.names.items()}
            self.add_shape(model.shapes[shapes[struct]]["members"][member]["shape"], secret=True)
        for name in sorted(model.operations):
            self.add_operation(name)
        self.add_service()
        unused = {(d, k) for d, keys in model.directives.items() for k in keys} - model.used
        if unused:
            sys.exit(f"{model.service}: these corrections in operations.txt match nothing: {sorted(unused)}")
        declared, text = "\n".join(self.declared), "\n".join(self.text)
        return f"""// Generated by tools/generate_aws.py from src/aws/models/{model.service}.json; do not edit.
#include "aws/{model.service}.h"

#include <cstddef>

#pragma clang diagnostic ignored "-Winvalid-offsetof"
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace crossrole::aws::{model.service} {{

{declared}
[[maybe_unused]] constexpr Shape kNothing = {{.kind = Kind::kStructure, .name = "Nothing"}};

{text}

}}  // namespace crossrole::aws::{model.service}
"""


def write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    service, model_path, operations_path, out = sys.argv[1:]
    model = Model(service, json.loads(pathlib.Path(model_path).read_text()), pathlib.Path(operations_path).read_text())
    missing = set(model.marks) ^ set(model.operations)
    if missing:
        sys.exit(f"{model_path} and operations.txt differ in {sorted(missing)}: run tools/trim_models.py")
    directory = pathlib.Path(out)
    directory.mkdir(parents=True, exist_ok=True)
    write_if_changed(directory / f"{service}.h", header(model))
    write_if_changed(directory / f"{service}.cc", Tables(model).source())


if __name__ == "__main__":
    main()
