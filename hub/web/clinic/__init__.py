"""The evening itself at a browser: arrivals and my session, tonight's list, what else is ahead for a patient."""
