"""Which process each kind of outbox message starts or wakes: the one list of them."""

from dataclasses import dataclass

from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS


@dataclass(frozen=True)
class Process:
    """A durable process: its workflow's name and what an operator reads about it."""

    workflow: str
    title: str
    queue: str = QUEUE_WORKFLOWS


PROCESSES = {
    "payment.watch": Process("PaymentConfirmation", "Top-up by PromptPay"),
    "mail.deliver": Process("MailDelivery", "Mail to a user"),
}
"""By the ``kind`` of the message."""
