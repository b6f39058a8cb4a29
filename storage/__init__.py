"""The cupboard: SQLAlchemy's base, transactions, the one ledger, and jobs deferred on the caller's transaction."""
