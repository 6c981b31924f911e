"""The section ``[delivery]`` of ``nightly.toml``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from escalert.nightly.secrets import Secret, SecretOrUrl
from escalert.nightly.section import FilePath, Section


class WebhookConfig(Section):
    """A receiver of the missed escalations over HTTP."""

    name: str = Field(description="how runs and logs name it", examples=["qa-desk"])
    url: SecretOrUrl = Field(description="the address, or env:NAME", examples=["https://qa.example.com/escalert"])
    secret: Secret | None = Field(
        None,
        description="env:NAME of the key that signs each body (HMAC-SHA256)",
        examples=["env:ESCALERT_WEBHOOK_SECRET"],
    )
    form: Literal["json", "slack"] = Field("json", description="json, or slack for an incoming webhook of Slack")
    timeout_seconds: float = Field(10, gt=0, description="how long an answer is waited for")


class EmailConfig(Section):
    """A mail of the missed escalations."""

    host: str = Field(description="the SMTP server", examples=["smtp.example.com"])
    port: int = Field(587, gt=0, lt=65536, description="its port")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is encrypted")
    user: str | None = Field(None, description="the account, if the server asks for one", examples=["escalert"])
    password: Secret | None = Field(
        None, description="env:NAME of its password", examples=["env:ESCALERT_SMTP_PASSWORD"]
    )
    sender: str = Field(description="From", examples=["escalert@example.com"])
    recipients: tuple[str, ...] = Field(min_length=1, description="To", examples=[["qa@example.com"]])
    subject: str = Field(
        "Missed escalations of {date}: {missed}", description="Subject; {date} and {missed} are filled in"
    )
    timeout_seconds: float = Field(30, gt=0, description="how long the server is waited for")


class DeliveryConfig(Section):
    """Where the results of a night go; what cannot be sent is kept, and sent by the next run."""

    report: FilePath | None = Field(None, description="folder of the HTML reports", examples=["reports"])
    csv: FilePath | None = Field(
        None, description="folder of the lists of missed escalations as CSV", examples=["missed"]
    )
    json_folder: FilePath | None = Field(
        None, alias="json", description="folder of the same as JSON", examples=["missed"]
    )
    webhooks: tuple[WebhookConfig, ...] = Field((), description="receivers over HTTP; may be repeated")
    email: EmailConfig | None = Field(None, description="a mail")
    tries: int = Field(4, ge=1, description="tries of a delivery in a run, with growing pauses")
    give_up_days: int = Field(7, ge=1, description="a delivery that could not be made for so long is given up")
    quotes: bool = Field(True, description="whether webhooks and mails quote evidence, redacted as [privacy] says")

    @model_validator(mode="after")
    def _receivers_differ(self) -> Self:
        """Refuse names that stand twice: the outbox knows receivers by them."""
        names = [hook.name for hook in self.webhooks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"webhooks need names of their own, found twice: {', '.join(twice)}")
        return self
