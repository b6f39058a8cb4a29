"""TPP SystmOne over GP Connect 1.2: see README.md beside this file for what it needs and where it differs."""
