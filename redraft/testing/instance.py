"""A smallest JSON value that a schema allows: what a test double says where JSON is asked for."""

from collections.abc import Mapping
from typing import Any

_PLAIN: dict[str, object] = {"string": "", "boolean": True, "null": None}


def instance(schema: Mapping[str, Any]) -> object:
    """A value that follows `schema` (the subset of JSON schema that pydantic writes).

    Objects hold their required fields, arrays `minItems` items, unions their first branch.
    """
    return _value(schema, schema.get("$defs", {}))


def _value(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> object:
    if "$ref" in schema:
        return _value(defs[schema["$ref"].rpartition("/")[2]], defs)
    choices = (schema[union][0] for union in ("anyOf", "oneOf", "allOf") if union in schema)
    for first in choices:
        return _value(first, defs)
    if "enum" in schema:
        return schema["enum"][0]
    return schema["const"] if "const" in schema else _typed(schema, defs)


def _typed(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> object:
    match schema.get("type", "object"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _value(fields[name], defs) for name in schema.get("required", ())}
        case "array":
            return [_value(schema["items"], defs) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case kind:
            return _PLAIN[kind]
