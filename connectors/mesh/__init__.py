"""MESH, the national message exchange: the port by which documents leave, and its twin on a folder."""
