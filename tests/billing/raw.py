"""Journals written past our own code, as a mistaken program might."""

from uuid import uuid4

from sqlalchemy import text

from abtpro_saas.database import tenant_transaction

JOURNAL = text("""
INSERT INTO journals (tenant_id, journal_id, kind, currency, occurred_at, source,
                      description)
VALUES (:tenant, :journal, 'DEDUCTION', :currency, now(), :source, 'raw')
""")
LEG = text("""
INSERT INTO postings (tenant_id, journal_id, line, account_id, currency, amount,
                      posted_at)
VALUES (:tenant, :journal, :line, :account, :currency, :amount, now())
""")


def write_raw(engine, tenant, *legs, currency="THB", leg_currency=None):
    """Write a journal of the given legs, each an account and an amount."""
    journal = str(uuid4())
    with tenant_transaction(engine, tenant) as session:
        values = {"tenant": tenant, "journal": journal, "currency": currency}
        values["source"] = journal
        session.execute(JOURNAL, values)
        for line, (account, amount) in enumerate(legs):
            leg = {
                **values,
                "line": line,
                "account": account,
                "amount": amount,
                "currency": leg_currency or currency,
            }
            session.execute(LEG, leg)
