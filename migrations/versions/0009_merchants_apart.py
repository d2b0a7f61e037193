"""Merchant ids of two tenants never differ in capital letters alone.

Notices are matched exactly. But who sets up an account by a mistyped id must not end
with one that people, mails and gateways take for another tenant's.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A tenant sees its own rows alone, hence SECURITY DEFINER. The lock lets no two ids
# pass at once; under READ COMMITTED the query after it sees what was committed before.
# No unique index: a tenant may correct the letters of its own id.
APART = """
CREATE FUNCTION keep_merchants_apart() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  folded text := lower(NEW.merchant_id COLLATE "C");
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('merchant:' || folded, 0));
  IF EXISTS (SELECT FROM public.gateway_accounts g
             WHERE lower(g.merchant_id COLLATE "C") = folded
               AND g.tenant_id <> NEW.tenant_id) THEN
    RAISE EXCEPTION 'another tenant has this merchant'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'merchants_apart';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER merchants_apart BEFORE INSERT OR UPDATE OF merchant_id
  ON gateway_accounts FOR EACH ROW EXECUTE FUNCTION keep_merchants_apart();
GRANT CREATE ON SCHEMA public TO abtpro_lookup;
ALTER FUNCTION keep_merchants_apart() OWNER TO abtpro_lookup;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
REVOKE ALL ON FUNCTION keep_merchants_apart() FROM PUBLIC;
"""


def upgrade():
    op.execute(APART)
