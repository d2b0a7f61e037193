"""What may be tried again: the one place that knows.

A broken business rule is final: asking again cannot help. An outside system that is
away, a database that restarts, a bug that a release will mend: all these are tried
again. The worker wraps every activity in this, so that none can forget it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from abtpro_saas.errors import DomainError, UnavailableError
from abtpro_saas.telemetry import log_context


def judged(error: DomainError) -> ApplicationError:
    """Return ``error`` as Temporal stores it: its code is the type, final or not."""
    return ApplicationError(
        str(error),
        type=error.code,
        non_retryable=not isinstance(error, UnavailableError),
    )


class HouseRules(Interceptor):
    """Judges failures, beats for long activities, and names the workflow in logs."""

    def intercept_activity(
        self,
        next: ActivityInboundInterceptor,  # noqa: A002 - the base class's name
    ) -> ActivityInboundInterceptor:
        """Return the wrapped activity."""
        return _Judged(next)


class _Judged(ActivityInboundInterceptor):
    _heart: "_Heart"

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        # The activity's own heartbeat waits for the loop: never call that one here.
        self._heart = _Heart(outbound)
        super().init(self._heart)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the base class's signature
        info = activity.info()
        beat = asyncio.create_task(self._beat(info.heartbeat_timeout))
        try:
            with log_context(
                workflow_id=info.workflow_id or "", activity=info.activity_type
            ):
                return await super().execute_activity(input)
        except DomainError as error:
            raise judged(error) from error
        finally:
            beat.cancel()

    async def _beat(self, patience: timedelta | None) -> None:
        """Tell Temporal that this worker lives: a killed one falls silent."""
        while patience:
            self._heart.beat()
            await asyncio.sleep(patience.total_seconds() / 4)


class _Heart(ActivityOutboundInterceptor):
    """Tells with each beat what the activity, or an earlier try of it, told last."""

    def __init__(self, following: ActivityOutboundInterceptor) -> None:
        super().__init__(following)
        self._told: Sequence[Any] = following.info().heartbeat_details

    def heartbeat(self, *details: Any) -> None:  # noqa: ANN401 - the base class's signature
        self._told = details
        super().heartbeat(*details)

    def beat(self) -> None:
        super().heartbeat(*self._told)


class NamingThreads(ThreadPoolExecutor):
    """Threads whose log lines carry what the activity's did: SDK threads forget it."""

    def submit(
        self,
        fn: Callable[..., Any],
        /,
        *arguments: object,
        **named: object,
    ) -> Future[Any]:
        """Run ``fn`` with the context variables of the caller."""
        context = copy_context()
        return super().submit(lambda: context.run(fn, *arguments, **named))
