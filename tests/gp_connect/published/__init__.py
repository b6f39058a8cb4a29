"""The standard as published, as facts: extracted by scripts of ours, and checked against what we write."""
