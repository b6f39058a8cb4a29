"""Tests mirror the rooms; tests/journeys holds whole flows, tests/house the rules about the code."""
