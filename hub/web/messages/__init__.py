"""What goes home and between practices, at a browser: the summary, tasks, the inbox."""
