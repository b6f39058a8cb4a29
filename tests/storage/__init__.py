"""Tests of the cupboard."""
