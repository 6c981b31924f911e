"""Write a configuration out as commented TOML, from the explanations of its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from escalert.nightly.section import section_in

HEADING = """\
# The nightly job of escalert: escalert nightly --config nightly.toml
# Unknown keys are refused. Paths are relative to the folder of this file. Secrets stand in the environment: env:NAME.
"""
COLUMN = 36
"""Where explanations begin, as far as the keys leave room."""

Values = Mapping[tuple[str, ...], Any]


def example_of(config: type[BaseModel], values: Values) -> str:
    """Give a configuration as TOML, each key with its explanation.

    Parameters
    ----------
    config : type of pydantic.BaseModel
        Its fields are sections, and theirs are keys or, in lists or optional, sections again.
    values : mapping
        Values that differ from the defaults, by section and key.
    """
    lines = [HEADING]
    for name, field in config.model_fields.items():
        lines += _section((name,), _model(field), values)
    return "\n".join(lines)


def _section(place: tuple[str, ...], section: type[BaseModel], values: Values) -> Iterator[str]:
    yield f"[{'.'.join(place)}]  # {_sentence(section)}"
    inner = []
    for name, field in section.model_fields.items():
        key = field.alias or name
        if nested := section_in(field.annotation):
            inner.append((key, field, nested))
            continue
        value = values.get((*place, key), _plain(field))
        is_unset = value in (None, (), {})
        yield _line(key, _sample(field) if is_unset else value, field, is_comment=is_unset)
    yield ""
    for key, field, nested in inner:
        yield from _nested_section((*place, key), field, nested)


def _nested_section(place: tuple[str, ...], field: FieldInfo, section: type[BaseModel]) -> Iterator[str]:
    """Write a section that is absent by default, as a comment."""
    is_list = field.default == ()
    name = ".".join(place)
    yield f"# {f'[[{name}]]' if is_list else f'[{name}]'}  # {field.description}"
    for key, inner in section.model_fields.items():
        value = _sample(inner) if inner.examples else _plain(inner)
        yield _line(inner.alias or key, value, inner, is_comment=True)
    yield ""


def _line(key: str, value: Any, field: FieldInfo, *, is_comment: bool) -> str:
    setting = f"{'# ' if is_comment else ''}{key} = {_toml(value)}"
    return f"{setting:<{COLUMN}}  # {field.description}"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str) and "\\" in value and "'" not in value:
        return f"'{value}'"
    return json.dumps(value if isinstance(value, bool | int | float) else str(value), ensure_ascii=False)


def _plain(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True)


def _sample(field: FieldInfo) -> Any:
    return field.examples[0] if field.examples else _plain(field)


def _model(field: FieldInfo) -> type[BaseModel]:
    return type(field.default)


def _sentence(section: type[BaseModel]) -> str:
    text = " ".join((section.__doc__ or "").split())
    return text[:1].lower() + text[1:].rstrip(".")
