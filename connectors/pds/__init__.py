"""Tracing over the national Personal Demographics Service (FHIR R4): who somebody is, and where they are registered."""
