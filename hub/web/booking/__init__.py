"""Booking at a browser: who is on the phone, what can be offered, the hold, the booking, what waits for somebody."""
