"""The shared record at a browser: permission each time, the summary, one part at a time. Nothing of it is kept."""
