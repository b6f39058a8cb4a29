"""Tests of the GP Connect mappers and provider rules."""
