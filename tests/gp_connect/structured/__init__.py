"""Tests of the structured record, both ways."""
