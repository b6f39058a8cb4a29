"""The diary desk: the pool of neighbours' slots, holds, bookings, and finding out what became of them."""
