"""Who looked, at a browser: accounts, reviews, the chain's proof, evidence packs."""
