# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI description of a running server, and whether answers are what it says."""

import copy
import re

import jsonschema
import openapi_spec_validator
import referencing
import referencing.jsonschema

METHODS = ("get", "put", "post", "patch", "delete")


def _close(schema):
    """What is not described must not be there: else a new member would go undescribed."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            _close(value)
    elif isinstance(schema, list):
        for value in schema:
            _close(value)


class Description:
    """`routes`: {"GET /v1/x": operation}, with references resolved one level deep."""

    def __init__(self, document):
        self.document = document
        closed = copy.deepcopy(document)
        _close(closed["components"]["schemas"])
        _close(closed["components"]["responses"])
        resource = referencing.Resource.from_contents(closed, default_specification=referencing.jsonschema.DRAFT202012)
        self.registry = referencing.Registry().with_resource("urn:api", resource)
        self.routes = {f"{method.upper()} {path}": operation for path, item in document["paths"].items()
                       for method, operation in item.items() if method in METHODS}

    def check_itself(self):
        """Fails unless the document is valid OpenAPI 3.1."""
        openapi_spec_validator.validate(self.document)

    def resolve(self, node):
        """What a reference stands for."""
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def parameters(self, route, where=None):
        """{name: parameter} of a route; `where`: path, query or header."""
        found = [self.resolve(parameter) for parameter in self.routes[route]["parameters"]]
        return {parameter["name"]: parameter for parameter in found if where in (None, parameter["in"])}

    def request_schema(self, route):
        """The schema of the JSON body, or None."""
        body = self.routes[route].get("requestBody")
        return self.resolve(body["content"]["application/json"]["schema"]) if body else None

    def success(self, route):
        """The status of the one success."""
        [status] = [int(status) for status in self.routes[route]["responses"] if status.startswith(("2", "3"))]
        return status

    def is_public(self, route):
        return self.routes[route].get("security") == []

    def check_schema(self, name, value):
        """Fails unless `value` is what the schema of that name says."""
        self._validate({"$ref": f"urn:api#/components/schemas/{name}"}, value, name)

    def _validate(self, schema, value, what):
        validator = jsonschema.Draft202012Validator(schema, registry=self.registry,
                                                    format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        errors = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
        assert not errors, f"{what}: {errors}"

    def check(self, route, answer):
        """Fails unless the route may give this answer."""
        responses = self.routes[route]["responses"]
        assert str(answer.status) in responses, f"{route}: {answer.status} is not described: {answer!r}"
        response = self.resolve(responses[str(answer.status)])
        headers = {name.lower(): value for name, value in answer.headers.items()}
        media = headers.get("content-type", "").split(";")[0]
        assert media in response["content"], f"{route}: {answer.status} of type {media!r} is not described"
        for name, header in response.get("headers", {}).items():
            schema = self.resolve(header)["schema"]
            if name.lower() in headers and "pattern" in schema:
                assert re.search(schema["pattern"], headers[name.lower()]), f"{route}: {name}: {headers[name.lower()]}"
        if media.endswith("json") and media != "application/x-ndjson":
            pointer = self._pointer(route, answer.status, media)
            self._validate({"$ref": pointer}, answer.json, f"{route}: {answer.status}")
        if answer.status >= 400 and media == "application/problem+json":
            assert answer.json["status"] == answer.status, answer
        return answer

    def _pointer(self, route, status, media):
        """Where the schema of an answer is, in the closed document."""
        method, path = route.split(" ")
        response = self.document["paths"][path][method.lower()]["responses"][str(status)]
        base = response["$ref"] if "$ref" in response else f"#/paths/{_escape(path)}/{method.lower()}/responses/{status}"
        return f"urn:api{base}/content/{_escape(media)}/schema"


def _escape(part):
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
