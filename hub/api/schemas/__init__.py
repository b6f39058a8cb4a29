"""What the JSON door reads and writes. Names here are public: adding is fine, renaming needs /api/v2."""
