"""The solicitor: which practice may do what with whose slots, patients and records, and the permit each act needs."""
