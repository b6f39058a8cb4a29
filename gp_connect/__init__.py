"""The GP Connect standard (1.2, FHIR STU3), both ways and pure: JSON on one side, the vocabulary on the other."""
