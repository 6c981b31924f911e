"""Render one self-contained HTML page that may show untrusted text."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalert.report.wording import clean, percent, share
from escalert.wholefile import whole_file

if TYPE_CHECKING:
    from jinja2 import Environment

# Inside <script>, an HTML parser looks for "</script" and "<!--" alone; the two separators ended a
# line of JavaScript before 2019.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def write_page(path: Path, template: str, context: Mapping[str, Any], scripts: Sequence[str] = ()) -> None:
    """Write the page of `render_page`, whole or not at all."""
    page = render_page(template, context, scripts)
    with (
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
    ):
        file.writelines(page)


def render_page(
    template: str, context: Mapping[str, Any], scripts: Sequence[str] = (), styles: Sequence[str] = ("style.css",)
) -> Iterator[str]:
    """Give `template` with `styles` and `scripts` inside, piece by piece.

    Only this very style and script may act on the page: its content security policy names them by
    their hashes, so markup that slipped in with a text could neither run nor fetch anything.
    """
    environment = _environment()
    style, script = _joined(environment, styles), _joined(environment, scripts)
    parts = {"style": style, "script": script, "policy": _policy(style, script)}
    return environment.get_template(template).generate(**context, **parts)


def json_for_html(value: Any) -> str:
    """Give `value` as JSON that no text inside it can break out of."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return clean(text).translate(_UNSAFE)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("escalert.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"percent": percent, "thousands": "{:,}".format}
    environment.globals |= {"share": share}
    return environment


def _joined(environment: Environment, names: Sequence[str]) -> str:
    assert environment.loader is not None
    return "\n".join(environment.loader.get_source(environment, name)[0] for name in names)


def _policy(style: str, script: str) -> str:
    allowed = f"style-src {_digest(style)}; script-src {_digest(script)}; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
