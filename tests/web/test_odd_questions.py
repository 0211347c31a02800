"""Whatever somebody writes into an address or a form, no page breaks over it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.given.depth import deep
from tests.given.visitor import Visitor

ODD = st.sampled_from(
    ["-1", "0", "2147483648", "9" * 40, "1e9", "NaN", "a" * 3000, "'", "%", "..", "🙈", "٣", "²"]
) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@pytest.fixture
def readers(visit: Callable[..., Visitor]) -> dict[str, Visitor]:
    """Somebody of every role, whose forms bring the token of their own browser."""
    return {name: visit(name) for name in ("admin-1", "auditor-1", "supervisor-1")}


@settings(max_examples=deep(60, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_page_breaks(app: FastAPI, readers: dict[str, Visitor], data: st.DataObject) -> None:
    paths: dict[str, Any] = app.openapi()["paths"]
    path = data.draw(st.sampled_from(sorted(paths)))
    method = data.draw(st.sampled_from(sorted(paths[path])))
    named = paths[path][method].get("parameters", ())
    places = {p["name"]: quote(data.draw(ODD), safe="") for p in named if p["in"] == "path"}
    query = [f"{p['name']}={quote(data.draw(ODD))}" for p in named if p["in"] == "query"]
    visitor = readers[data.draw(st.sampled_from(sorted(readers)))]
    where = f"{path.format(**places)}?{'&'.join(query)}"
    if method == "get":
        answer = visitor.get(where)
    elif path in {"/sign-out", "/password", "/sign-in"}:
        return
    else:
        fields = data.draw(st.dictionaries(st.sampled_from(["reason", "kind", "role"]), ODD))
        answer = visitor.post(where, **fields)
    assert answer.status_code < 500, (where, answer.text[:300])
