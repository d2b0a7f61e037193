"""The double-entry ledger: accounts, journals, postings, and the wallets they move.

A positive amount credits an account, a negative one debits it. Wallets are what a tenant
owes its users, so a credit raises them. Whoever writes, even in raw SQL: a journal sums
to zero, an account takes one currency, a wallet never falls below zero, its balance is
the sum of its postings, and what is written stays.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE accounts (
  tenant_id uuid NOT NULL REFERENCES tenants,
  account_id uuid NOT NULL,
  kind text NOT NULL,
  owner_id uuid NOT NULL,
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_accounts PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT uq_accounts_tenant_id_account_id_currency
    UNIQUE (tenant_id, account_id, currency),
  CONSTRAINT uq_accounts_tenant_id_kind_owner_id_currency
    UNIQUE (tenant_id, kind, owner_id, currency),
  CONSTRAINT ck_accounts_kind CHECK (kind IN ('WALLET', 'CLEARING', 'BANK', 'FEES',
    'FEE_VAT', 'SUSPENSE', 'REFUNDS_PAYABLE', 'RECEIVABLE')),
  CONSTRAINT ck_accounts_currency CHECK (currency ~ '^([A-Z]{3}|[0-9]{3})$')
);
SELECT own_by_tenant('accounts', 'SELECT, INSERT');

CREATE TABLE wallets (
  tenant_id uuid NOT NULL REFERENCES tenants,
  account_id uuid NOT NULL,
  user_id uuid NOT NULL,
  currency text NOT NULL DEFAULT 'THB',
  balance bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_wallets PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT uq_wallets_tenant_id_user_id_currency UNIQUE (tenant_id, user_id, currency),
  CONSTRAINT fk_wallets_tenant_id_account_id_currency
    FOREIGN KEY (tenant_id, account_id, currency)
    REFERENCES accounts (tenant_id, account_id, currency),
  CONSTRAINT fk_wallets_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_wallets_balance CHECK (balance >= 0)
) WITH (fillfactor = 50);
-- The balance is written by the postings' trigger alone: no right to it here.
SELECT own_by_tenant('wallets', 'SELECT');
GRANT INSERT (tenant_id, account_id, user_id, currency, updated_at)
  ON wallets TO abtpro_app;

CREATE TABLE journals (
  tenant_id uuid NOT NULL REFERENCES tenants,
  journal_id uuid NOT NULL,
  kind text NOT NULL,
  currency text NOT NULL,
  occurred_at timestamptz NOT NULL,
  source text NOT NULL,
  description text NOT NULL,
  reverses_id uuid,
  CONSTRAINT pk_journals PRIMARY KEY (tenant_id, journal_id),
  CONSTRAINT uq_journals_tenant_id_journal_id_currency
    UNIQUE (tenant_id, journal_id, currency),
  CONSTRAINT uq_journals_tenant_id_source UNIQUE (tenant_id, source),
  CONSTRAINT uq_journals_tenant_id_reverses_id UNIQUE (tenant_id, reverses_id),
  CONSTRAINT fk_journals_tenant_id_reverses_id
    FOREIGN KEY (tenant_id, reverses_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT ck_journals_kind CHECK (kind IN ('TOP_UP', 'DEDUCTION', 'REFUND',
    'REFUND_PAID', 'SUSPENSE', 'ALLOCATION', 'SETTLEMENT', 'REVERSAL'))
);
SELECT own_by_tenant('journals', 'SELECT, INSERT');
SELECT append_only('journals');

CREATE TABLE postings (
  tenant_id uuid NOT NULL REFERENCES tenants,
  journal_id uuid NOT NULL,
  line smallint NOT NULL,
  account_id uuid NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL,
  posted_at timestamptz NOT NULL,
  balance_after bigint,
  CONSTRAINT pk_postings PRIMARY KEY (tenant_id, journal_id, line),
  CONSTRAINT fk_postings_tenant_id_journal_id_currency
    FOREIGN KEY (tenant_id, journal_id, currency)
    REFERENCES journals (tenant_id, journal_id, currency),
  CONSTRAINT fk_postings_tenant_id_account_id_currency
    FOREIGN KEY (tenant_id, account_id, currency)
    REFERENCES accounts (tenant_id, account_id, currency),
  CONSTRAINT ck_postings_amount CHECK (amount <> 0)
);
CREATE INDEX ix_postings_tenant_id_account_id_posted_at
  ON postings (tenant_id, account_id, posted_at);
SELECT own_by_tenant('postings', 'SELECT, INSERT');
SELECT append_only('postings');
"""

# posted_at rises strictly within a wallet, in the order of its row's lock: so it alone
# orders a statement, and balance_after of one line is the opening balance of the next.
RULES = """
CREATE FUNCTION move_wallet() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.balance_after := NULL;
  UPDATE public.wallets w
     SET balance = w.balance + NEW.amount,
         updated_at = greatest(NEW.posted_at, w.updated_at + interval '1 microsecond')
   WHERE w.tenant_id = NEW.tenant_id AND w.account_id = NEW.account_id
  RETURNING w.balance, w.updated_at INTO NEW.balance_after, NEW.posted_at;
  NEW.posted_at := coalesce(NEW.posted_at, statement_timestamp());
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION move_wallet() FROM PUBLIC;
CREATE TRIGGER move_wallet BEFORE INSERT ON postings
  FOR EACH ROW EXECUTE FUNCTION move_wallet();

CREATE FUNCTION assert_balanced() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  total numeric;
  lines bigint;
BEGIN
  SELECT sum(p.amount), count(*) INTO total, lines FROM public.postings p
   WHERE p.tenant_id = NEW.tenant_id AND p.journal_id = NEW.journal_id;
  IF lines < 2 OR total <> 0 THEN
    RAISE EXCEPTION 'journal % has % lines that sum to %', NEW.journal_id, lines, total
      USING ERRCODE = 'check_violation', CONSTRAINT = 'balanced';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION assert_balanced() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON journals
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assert_balanced();
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON postings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assert_balanced();
"""


def upgrade():
    op.execute(TABLES)
    op.execute(RULES)
