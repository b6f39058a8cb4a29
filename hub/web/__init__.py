"""The pages: forms in, HTML out, and no rule of their own."""
