"""The synthetic federation: 82 practices, their clinics, patients and agreements, made the same way every time.

Nobody and nothing in it is real, apart from where Bristol's outward codes lie.
"""
