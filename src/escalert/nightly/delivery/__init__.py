"""What leaves a night: HTML report, CSV, JSON, webhooks, mail; rendered into the outbox, then sent from it.

`enqueue_deliveries` renders and redacts; `deliver_pending` sends, and what it cannot send the next run does.
"""

from __future__ import annotations

from escalert.nightly.delivery.outbox import enqueue_deliveries
from escalert.nightly.delivery.sending import DeliverySummary, deliver_pending

__all__ = ["DeliverySummary", "deliver_pending", "enqueue_deliveries"]
