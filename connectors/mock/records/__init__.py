"""Synthetic patients' records, made from a seed: plausible, the same every time, and of nobody."""

from connectors.mock.records.making import make_record

__all__ = ["make_record"]
