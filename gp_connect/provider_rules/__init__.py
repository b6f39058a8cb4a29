"""What a provider must check before it answers, written once for the simulator and the hub's own FHIR door; pure.

Every function returns what it read, or raises `outcomes.Rejected` with the Spine code and the element at fault.
"""
