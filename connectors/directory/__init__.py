"""Where practices answer nationally: service roots and system ids per interaction, from the Spine or from a file."""
