"""The accountant: who looked at whom and why, what is unusual about it, who reviewed it, what an inspector is given."""
