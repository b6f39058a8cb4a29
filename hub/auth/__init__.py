"""Who is asking: sign-in, server-side sessions, bearer tokens, and the guard every request passes."""
