"""Who shares what with whom, at a browser: agreements, switches, choices, matrix, simulator, the public register."""
