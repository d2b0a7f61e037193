-- The database roles, made once by a superuser, before the first migration.
-- Give each LOGIN role a password of its own (ALTER ROLE … PASSWORD …).
CREATE ROLE abtpro_owner LOGIN;
CREATE ROLE abtpro_app LOGIN;
CREATE ROLE abtpro_relay LOGIN;
CREATE ROLE abtpro_operator LOGIN;
-- Owns the named ways in (SECURITY DEFINER functions) and can do nothing else.
CREATE ROLE abtpro_lookup NOLOGIN;
GRANT abtpro_lookup TO abtpro_owner;

ALTER ROLE abtpro_app SET lock_timeout = '3s';
ALTER ROLE abtpro_app SET statement_timeout = '15s';
ALTER ROLE abtpro_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE abtpro_relay SET lock_timeout = '3s';
ALTER ROLE abtpro_relay SET statement_timeout = '15s';
ALTER ROLE abtpro_relay SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE abtpro_operator SET lock_timeout = '3s';
ALTER ROLE abtpro_operator SET statement_timeout = '15s';
ALTER ROLE abtpro_operator SET idle_in_transaction_session_timeout = '30s';
