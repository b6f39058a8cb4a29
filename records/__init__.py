"""The viewing room: a patient's record fetched for one look, cut down to what that look may show, and kept nowhere."""
