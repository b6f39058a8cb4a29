"""Tests of the phone lines to GP systems."""
