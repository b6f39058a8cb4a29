"""The wire trace: what was said between practices' systems and the hub, both ways, redacted, for those who support
them."""
