"""The section ``[[inputs.records]]`` of ``nightly.toml``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from escalert.nightly.secrets import SecretOrUrl
from escalert.nightly.section import FilePath, Section

RecordField = Literal["call_id", "escalated", "transferred_to", "disposition", "customer_id"]


class RecordSource(Section):
    """Where the records of telephony or CRM come from: a table file, or an SQL query."""

    path: FilePath | None = Field(
        None, description="a CSV or Parquet file, a folder or a pattern of such", examples=["crm/*.csv"]
    )
    url: SecretOrUrl | None = Field(
        None, description="instead: an SQLAlchemy URL of a database", examples=["env:ESCALERT_CRM_URL"]
    )
    query: str | None = Field(
        None,
        description="with url: the query; :date is the date of the run",
        examples=["SELECT call_id, escalated FROM calls WHERE ended_on >= :date"],
    )
    columns: dict[RecordField, str] = Field(
        default_factory=dict,
        description="columns under other names than call_id, escalated, transferred_to, disposition, customer_id",
        examples=[{"call_id": "ContactId", "escalated": "WasEscalated"}],
    )
    escalated_values: tuple[str, ...] = Field(
        (),
        description="values of the column escalated that mean yes, besides true, yes, y and 1",
        examples=[["Escalated to supervisor"]],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.path is None) == (self.url is None) or (self.url is None) != (self.query is None):
            raise ValueError("name either a path, or a url and a query")
        return self
