"""The figures again, slowly and in plain Python, from the rows and a diary."""

from collections import defaultdict
from math import ceil

from sqlalchemy import text

from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.figures.months import Month, month_of
from abtpro_saas.contracts.figures.report import Mrr, Renewals
from abtpro_saas.contracts.tables import Contract, Event, Period, Plan
from abtpro_saas.contracts.terms.durations import after, parse_duration

PAID = {"START", "RENEWAL", "CHANGE"}


class Reference:
    """What the rows of one tenant say."""

    def __init__(self, office, months, diary):
        self.months, self.diary = months, diary
        with office.transaction() as session:
            self.contracts = session.query(Contract).all()
            self.plans = {row.plan_id: row for row in session.query(Plan)}
            self.periods = defaultdict(list)
            for row in session.query(Period).order_by(Period.period_start):
                self.periods[row.contract_id].append(row)
            order = Event.happened_at, Event.event_id
            self.events = session.query(Event).order_by(*order).all()
            self.documents = session.execute(
                text("SELECT kind, net, vat, issued_at FROM documents")
            ).all()

    def mrr(self, month):
        """Return the movements of a month, user by user."""
        before, then = self.diary[month.plus(-1)], self.diary[month]
        sums = defaultdict(int)
        for user in before.keys() | then.keys():
            change = then.get(user, 0) - before.get(user, 0)
            if change > 0:
                sums[self._gain(user, month, user in before)] += change
            elif change < 0:
                sums["contraction" if user in then else "churn"] -= change
        return Mrr(
            sum(before.values()),
            *(sums[name] for name in ("new", "reactivation", "expansion")),
            *(sums[name] for name in ("contraction", "churn")),
            sum(then.values()),
        )

    def paying(self, month):
        """Return how many paid anything at the end of a month."""
        return sum(1 for paid in self.diary[month].values() if paid)

    def _gain(self, user, month, had_access):
        if self._first_paid(user) >= month.start:
            return "new"
        return "expansion" if had_access else "reactivation"

    def _first_paid(self, user):
        return min(
            max(row.period_start, row.created_at)
            for contract in self.contracts
            if contract.user_id == user
            for row in self.periods[contract.contract_id]
            if (row.price if row.kind == "CHANGE" else row.paid) > 0
            and not self._is_short(row)
        )

    def _is_short(self, row):
        length = parse_duration(self.plans[row.plan_id].period)
        lasts_days = row.billing == "YEARLY" or length.months or length.days
        return not lasts_days and length.seconds < 86_400

    def short(self, month):
        """Return how many short periods were paid for in a month, and how much."""
        found = [
            row.paid
            for rows in self.periods.values()
            for row in rows
            if self._is_short(row) and row.paid and month_of(row.created_at) == month
        ]
        return len(found), sum(found)

    def cohort(self, month):
        """Return how many began in a month, and how many were there later."""
        first = {}
        for contract in self.contracts:
            begun = month_of(contract.created_at)
            first[contract.user_id] = min(first.get(contract.user_id, begun), begun)
        users = {user for user, begun in first.items() if begun == month}
        later = [m for m in self.months.each if m > month and self.months.is_over(m)]
        return len(users), tuple(len(users & self.diary[m].keys()) for m in later)

    def renewals(self, month):
        """Return the dues of a month, contract by contract, period by period."""
        found = [
            how
            for contract in self.contracts
            for at, how in self._dues(contract.contract_id)
            if month_of(at) == month and at < self.months.at
        ]
        return Renewals(len(found), found.count("renewed"), found.count("waiting"))

    def _dues(self, contract_id):
        periods = self.periods[contract_id]
        cut, cancelled = self._cancellation(contract_id)
        is_paid = False
        for n, row in enumerate(periods):
            is_paid |= row.kind in PAID
            if row.left_at or not is_paid or (cut and row.period_start >= cut):
                continue
            if cut and cut <= row.period_end:
                yield cut, "lapsed"
                continue
            plan = self.plans[row.plan_id]
            grace_end = after(row.period_end, parse_duration(plan.grace_period))
            following = periods[n + 1] if n + 1 < len(periods) else None
            if following is not None and following.created_at < grace_end:
                if following.kind == "RENEWAL":
                    yield row.period_end, "renewed"
            elif cancelled or grace_end <= self.months.at:
                yield row.period_end, "lapsed"
            else:
                yield row.period_end, "waiting"

    def _cancellation(self, contract_id):
        cut, cancelled = None, False
        for event in self.events:
            if event.contract_id == contract_id:
                if event.kind == "CANCELLED":
                    cancelled = True
                    if event.detail["when"] == "now":
                        cut = cut or event.happened_at
                elif event.kind == "RESUMED":
                    cancelled = False
        return cut, cancelled

    def revenue(self, month):
        """Return what was invoiced and credited without VAT, and the VAT of both."""
        of = [row for row in self.documents if month_of(row.issued_at) == month]
        invoices = [row for row in of if row.kind == "INVOICE"]
        notes = [row for row in of if row.kind == "CREDIT_NOTE"]
        return (
            sum(row.net for row in invoices),
            sum(row.net for row in notes),
            sum(row.vat for row in invoices) - sum(row.vat for row in notes),
        )

    def lags(self, month=None):
        """Return number, median, 99th percentile and maximum, in milliseconds."""
        found = sorted(
            round((row.recorded_at - row.happened_at).total_seconds() * 1000)
            for row in self.events
            if row.kind in {"GRACE_BEGAN", "SUSPENDED"} and self._is_in(row, month)
        )
        if not found:
            return 0, None, None, None
        ranks = (ceil(len(found) * part / 100) - 1 for part in (50, 99))
        return len(found), *(found[rank] for rank in ranks), found[-1]

    def _is_in(self, event, month):
        if month is None:
            return month_of(event.happened_at) in self.months.each
        day = bangkok_date(event.happened_at)
        return Month(day.year, day.month) == month
