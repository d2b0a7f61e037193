"""Which process each kind of outbox message starts or wakes: the one list of them."""

from dataclasses import dataclass

from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS


@dataclass(frozen=True)
class Process:
    """A durable process: its workflow's name and what an operator reads about it."""

    workflow: str
    title: str
    queue: str = QUEUE_WORKFLOWS
    urgency: int = 3
    """1 goes first, 5 last; somebody waits in front of a screen for a 2."""


PROCESSES = {
    "payment.watch": Process("PaymentConfirmation", "Top-up by PromptPay"),
    "contract.watch": Process("ContractLifecycle", "Rental contract"),
    "wallet.credited": Process("CreditedWallet", "Money for who waits", urgency=2),
    "backtest.run": Process("BacktestRun", "Backtest"),
    # A study waits for runs: one of its chunks at most is before somebody's run.
    "backtest.optimise": Process("Optimisation", "Optimisation", urgency=4),
    "backtest.walk_forward": Process("WalkForward", "Walk-forward", urgency=4),
    "backtest.monte_carlo": Process("MonteCarlo", "Monte Carlo", urgency=4),
    "mail.deliver": Process("MailDelivery", "Mail to a user", urgency=2),
    "mail.news": Process("MailDelivery", "Mail to a user", urgency=4),
    "market.import": Process("MarketImport", "Import of candles", urgency=4),
    "tenant.invite": Process("TenantInvitation", "First admin of a tenant"),
}
"""By the ``kind`` of the message."""
