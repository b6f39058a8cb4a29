"""The wire trace: what was said between practices' systems and the hub, redacted, for those who support them."""
