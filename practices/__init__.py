"""The address book: practices, their clusters, sites, GP-system links and staff grants."""
