"""JSON schemas of the files that people write, for editors and for the reference.

They come from the models that read the files. What a key means stands below it in the model, as
a string, and becomes its description.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import reduce
from operator import or_
from textwrap import dedent
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, TypeAdapter, create_model
from pydantic.json_schema import GenerateJsonSchema

from surveillance.activity import sources
from surveillance.errors import SurveillanceError
from surveillance.rules.schema import Rule

Schema: TypeAlias = dict[str, Any]
FILES = ("rule", "venue")
"""The files that have a schema of their own."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(file: str) -> Schema:
    """Return the JSON schema of a rule file or a venue file.

    Raises:
        SurveillanceError: it is neither.
    """
    if file not in FILES:
        raise SurveillanceError(f"expected {' or '.join(FILES)}, was {file!r}")
    kind = Rule if file == "rule" else _any_venue()
    return {"$schema": _DIALECT, **of(kind)}


def of(model: Any) -> Schema:
    """Return the JSON schema of a model, its keys described."""
    return TypeAdapter(model).json_schema(schema_generator=_Described)


def venue_of(source: str) -> type[BaseModel]:
    """Return the model of a venue file of one kind of source: its own keys beside those of all."""
    module = sources.find(source)
    keys: type[BaseModel] = module.Keys
    kind: Any = Annotated[Literal[source], Field(description=meanings(sources.Head)["source"])]
    return create_model(
        f"{source}_venue",
        __base__=(keys, sources.Head),
        __doc__=(module.__doc__ or "").splitlines()[0],
        source=(kind, ...),
    )


def _any_venue() -> Any:
    models: Any = reduce(or_, (venue_of(source) for source in sources.names()))
    return Annotated[models, Field(discriminator="source", title="Venue file")]


class _Described(GenerateJsonSchema):
    """The usual schema, with what stands below each field of a model."""

    def model_schema(self, schema: Any) -> Schema:
        """Return the schema of a model with a description for each of its keys."""
        made = super().model_schema(schema)
        described, model = meanings(schema["cls"]), schema["cls"]
        for name, field in model.model_fields.items():
            key = made.get("properties", {}).get(field.alias or name)
            if key is not None and name in described:
                key.setdefault("description", described[name])
        return made


def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Return what stands below each field of a model, those of its bases included."""
    bases = (base for base in reversed(model.__mro__) if base.__module__.startswith("surveillance"))
    return {name: text for base in bases for name, text in _below_fields(base)}


def _below_fields(model: type) -> list[tuple[str, str]]:
    [body] = [node for node in ast.parse(_source(model)).body if isinstance(node, ast.ClassDef)]
    pairs = zip(body.body, body.body[1:], strict=False)
    return [
        (field.target.id, " ".join(str(below.value.value).split()))
        for field, below in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    ]


def _source(model: type) -> str:
    try:
        return dedent(inspect.getsource(model))
    except (OSError, TypeError):  # made by create_model
        return "class _: ..."
